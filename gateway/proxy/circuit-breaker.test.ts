import { expect, test } from 'vitest'
import { createCircuitBreaker } from './circuit-breaker.ts'

const startCircuit = () => {
  const clock = { ms: 0 }
  const options = { failureThreshold: 3, openMs: 1_000 }
  return { clock, circuit: createCircuitBreaker(options, () => clock.ms) }
}

const fail = (circuit: { recordFailure(): void }, times: number) => {
  for (let i = 0; i < times; i++) circuit.recordFailure()
}

test('failures with a success between them do not open it', () => {
  const { circuit } = startCircuit()
  fail(circuit, 2)
  circuit.recordSuccess()
  fail(circuit, 2)
  expect(circuit.state()).toBe('closed')
  expect(circuit.allowsRequest()).toBe(true)
})

test('consecutive failures open it, and no request is sent', () => {
  const { circuit, clock } = startCircuit()
  fail(circuit, 3)
  clock.ms = 999
  expect(circuit.state()).toBe('open')
  expect(circuit.allowsRequest()).toBe(false)
})

test('half open, it allows one request and rejects the others', () => {
  const { circuit, clock } = startCircuit()
  fail(circuit, 3)
  clock.ms = 1_000
  expect(circuit.state()).toBe('half_open')
  expect([circuit.allowsRequest(), circuit.allowsRequest()]).toEqual([true, false])
})

test('a test request that succeeds closes it', () => {
  const { circuit, clock } = startCircuit()
  fail(circuit, 3)
  clock.ms = 1_000
  circuit.allowsRequest()
  circuit.recordSuccess()
  expect(circuit.state()).toBe('closed')
})

test('a test request that fails opens it again', () => {
  const { circuit, clock } = startCircuit()
  fail(circuit, 3)
  clock.ms = 1_500
  circuit.allowsRequest()
  circuit.recordFailure()
  clock.ms = 2_499
  expect(circuit.allowsRequest()).toBe(false)
  clock.ms = 2_500
  expect(circuit.allowsRequest()).toBe(true)
})

test('a test request without an outcome is followed by another', () => {
  const { circuit, clock } = startCircuit()
  fail(circuit, 3)
  clock.ms = 1_000
  circuit.allowsRequest()
  clock.ms = 2_000
  expect(circuit.allowsRequest()).toBe(true)
})
