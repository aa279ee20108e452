import { expect, test } from 'vitest'
import { createCircuit } from './circuit-breaker.ts'

const circuitAt = () => {
  const clock = { ms: 0 }
  return { clock, circuit: createCircuit({ failures: 3, restMs: 1_000 }, () => clock.ms) }
}

const fail = (circuit: { failed(): void }, times: number) => {
  for (let i = 0; i < times; i++) circuit.failed()
}

test('failures that a success interrupts do not open it', () => {
  const { circuit } = circuitAt()
  fail(circuit, 2)
  circuit.succeeded()
  fail(circuit, 2)
  expect(circuit.state()).toBe('closed')
  expect(circuit.admits()).toBe(true)
})

test('failures in a row open it, and nothing is sent', () => {
  const { circuit, clock } = circuitAt()
  fail(circuit, 3)
  clock.ms = 999
  expect(circuit.state()).toBe('open')
  expect(circuit.admits()).toBe(false)
})

test('after its rest one request tries, and the others still wait', () => {
  const { circuit, clock } = circuitAt()
  fail(circuit, 3)
  clock.ms = 1_000
  expect(circuit.state()).toBe('half_open')
  expect([circuit.admits(), circuit.admits()]).toEqual([true, false])
})

test('the try that succeeds closes it', () => {
  const { circuit, clock } = circuitAt()
  fail(circuit, 3)
  clock.ms = 1_000
  circuit.admits()
  circuit.succeeded()
  expect(circuit.state()).toBe('closed')
})

test('the try that fails opens it for another rest', () => {
  const { circuit, clock } = circuitAt()
  fail(circuit, 3)
  clock.ms = 1_500
  circuit.admits()
  circuit.failed()
  clock.ms = 2_499
  expect(circuit.admits()).toBe(false)
  clock.ms = 2_500
  expect(circuit.admits()).toBe(true)
})

test('a try whose outcome is never told is followed by another', () => {
  const { circuit, clock } = circuitAt()
  fail(circuit, 3)
  clock.ms = 1_000
  circuit.admits()
  clock.ms = 2_000
  expect(circuit.admits()).toBe(true)
})
