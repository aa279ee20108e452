import { GUESS_RUNS as RUNS } from '@vobee/testing/settings'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guessCounter } from './guess-counter.ts'

const minute = 60_000

const start = (limits = {}) => {
  let time = 1_000
  const all = { perAddress: 30, inAll: 1_000, windowMs: 10 * minute, ...limits }
  const guesses = guessCounter(all, () => time)
  const guess = (address: string, times = 1) => {
    const origin = guesses.originOf(address)
    for (let i = 0; i < times; i++) guesses.add(origin)
  }
  const secondsToWait = (address: string) => guesses.secondsToWait(guesses.originOf(address))
  /** Sends a wrong code if it is answered. */
  const answered = (address: string) => {
    if (secondsToWait(address) > 0) return false
    guess(address)
    return true
  }
  const pass = (ms: number) => (time += ms)
  return { ...guesses, guess, secondsToWait, answered, pass, time: () => time }
}

// In blocks of the benchmark network (198.18.0.0/15), each in a /24 of its own.
const elsewhere = (n: number) => `198.${18 + (n >> 8)}.${n & 255}.1`

test('an address that reaches the limit waits for the rest of its window', () => {
  const { guess, secondsToWait, pass } = start()
  guess('192.0.2.1', 29)
  expect(secondsToWait('192.0.2.1')).toBe(0)
  pass(4 * minute)
  guess('192.0.2.1', 1)
  expect(secondsToWait('192.0.2.1')).toBe(360)
  pass(5.5 * minute + 1)
  expect(secondsToWait('192.0.2.1')).toBe(30)
  pass(0.5 * minute - 1)
  expect(secondsToWait('192.0.2.1')).toBe(0)
  guess('192.0.2.1', 29)
  expect(secondsToWait('192.0.2.1')).toBe(0)
})

describe('in an attack', () => {
  test('an address has fewer guesses, but still one or two', () => {
    const { guess, secondsToWait, isUnderAttack, pass } = start({ inAll: 500 })
    guess('192.0.2.1', 2)
    guess('203.0.113.1', 3)
    for (let n = 0; n < 495; n++) guess(elsewhere(n))
    expect(isUnderAttack()).toBe(true)
    expect([secondsToWait('192.0.2.1'), secondsToWait('203.0.113.1')]).toEqual([0, 600])
    pass(10 * minute)
    expect(isUnderAttack()).toBe(false)
    expect(secondsToWait('203.0.113.1')).toBe(0)
  })

  test.each([
    ['/24', (n: number) => `203.0.113.${n}`, '203.0.113.250', '203.0.112.1', 4],
    ['/48', (n: number) => `2001:db8:7:${n}::1`, '2001:db8:7:ffff::1', '2001:db8:8::1', 4],
    ['/32', (n: number) => `2001:db8:${n}:${n}::1`, '2001:db8:ffff::', '2001:db9::1', 16],
  ])(
    'a %s from which several addresses guess waits, and its neighbor does not',
    (_size, address, inside, outside, addresses) => {
      const { guess, secondsToWait } = start()
      for (let n = 0; n < 400; n++) guess(elsewhere(n), 3)
      for (let n = 1; n < addresses; n++) guess(address(n), 3)
      expect(secondsToWait(inside)).toBe(0)
      guess(address(addresses), 3)
      expect(secondsToWait(inside)).toBe(600)
      expect(secondsToWait(outside)).toBe(0)
    },
  )

  test('one address, and one /48, never stop the network around them', () => {
    const { guess, secondsToWait, isUnderAttack } = start()
    guess('203.0.113.1', 1_000)
    for (let n = 0; n < 1_000; n++) guess(`2001:db8:7:${n}::1`, 30)
    expect(isUnderAttack()).toBe(true)
    expect(secondsToWait('203.0.113.2')).toBe(0)
    expect(secondsToWait('2001:db8:8::1')).toBe(0)
    expect(secondsToWait('2001:db8:7:ffff::1')).toBe(600)
  })
})

test('9,000 addresses of one network get 48 answers after the limit, and a person elsewhere one', () => {
  const { guess, answered, secondsToWait } = start()
  for (let n = 0; n < 400; n++) guess(elsewhere(n), 3)
  const addresses = Array.from(
    { length: 9_000 },
    (_, n) => `2001:db8:${(n >> 4).toString(16)}:${n % 16}::1`,
  )
  expect(addresses.filter(answered)).toHaveLength(48)
  expect(secondsToWait('2a00:db8::1')).toBe(0)
})

test('whoever guesses, each network gets a bounded number of answers after the limit', () => {
  // Few networks of each size, so that guesses meet.
  const digit = fc.integer({ min: 0, max: 3 })
  const ipv6 = fc.tuple(digit, digit, digit).map(([a, b, c]) => `2001:db${a}:${b}:${c}::1`)
  const ipv4 = fc.tuple(digit, digit).map(([a, b]) => `203.0.${a}.${b}`)
  const step = fc.record({ address: fc.oneof(ipv6, ipv4), ms: fc.nat(minute) })
  const check = (steps: { address: string; ms: number }[]) => {
    const { answered, originOf, isUnderAttack, secondsToWait, pass, time } = start({ inAll: 40 })
    const windows = new Map<string, number[]>()
    for (const { address, ms } of steps) {
      pass(ms)
      const attack = isUnderAttack()
      if (!answered(address) || !attack) continue
      for (const { key, allowed } of originOf(address)) {
        // Two windows of a network may touch within ten minutes.
        const since = (windows.get(key) ?? []).filter((at) => time() - at < 10 * minute)
        windows.set(key, [...since, time()])
        expect(since.length + 1).toBeLessThanOrEqual(2 * allowed)
      }
      expect([secondsToWait('2a00::1'), secondsToWait('192.0.2.1')]).toEqual([0, 0])
    }
  }
  fc.assert(fc.property(fc.array(step, { minLength: 100, maxLength: 400 }), check), {
    numRuns: RUNS,
  })
})

test('memory is bounded: the oldest networks are dropped first', () => {
  const { guess, add, secondsToWait } = start({ inAll: 1e9 })
  guess('192.0.2.1', 30)
  guess('203.0.113.1', 30)
  for (let n = 0; n < 99_997; n++) add([{ key: `network ${n}`, allowed: 1 }])
  expect([secondsToWait('192.0.2.1'), secondsToWait('203.0.113.1')]).toEqual([0, 600])
})
