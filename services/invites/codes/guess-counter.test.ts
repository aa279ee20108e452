import { expect, test } from 'vitest'
import { guessCounter } from './guess-counter.ts'

const minute = 60_000

const start = (limits = {}) => {
  let time = 1_000
  const all = { perAddress: 30, inAll: 1_000, windowMs: 10 * minute, ...limits }
  const guesses = guessCounter(all, () => time)
  const guess = (address: string, times: number) => {
    for (let i = 0; i < times; i++) guesses.add(address)
  }
  return { ...guesses, guess, pass: (ms: number) => (time += ms) }
}

test('an address that reaches the limit waits for the rest of its window', () => {
  const { guess, secondsToWait, pass } = start()
  guess('a', 29)
  expect(secondsToWait('a')).toBe(0)
  pass(4 * minute)
  guess('a', 1)
  expect(secondsToWait('a')).toBe(360)
  pass(5.5 * minute + 1)
  expect(secondsToWait('a')).toBe(30)
  pass(0.5 * minute - 1)
  expect(secondsToWait('a')).toBe(0)
  guess('a', 29)
  expect(secondsToWait('a')).toBe(0)
})

test('an address without wrong codes never waits, whatever others do', () => {
  const { guess, secondsToWait, isUnderAttack } = start()
  for (let n = 0; n < 2_000; n++) guess(`guesser ${n}`, 30)
  expect(isUnderAttack()).toBe(true)
  expect(secondsToWait('guesser 7')).toBeGreaterThan(0)
  expect(secondsToWait('a')).toBe(0)
})

test('in an attack an address has fewer guesses, but still one or two', () => {
  const { guess, secondsToWait, isUnderAttack, pass } = start()
  guess('a', 2)
  guess('b', 3)
  for (let n = 0; n < 995; n++) guess(`guesser ${n}`, 1)
  expect(isUnderAttack()).toBe(true)
  expect([secondsToWait('a'), secondsToWait('b')]).toEqual([0, 600])
  pass(10 * minute)
  expect(isUnderAttack()).toBe(false)
  expect(secondsToWait('b')).toBe(0)
})

test('memory is bounded: the oldest addresses are dropped first', () => {
  const { guess, secondsToWait } = start({ inAll: 1e9 })
  guess('first', 30)
  guess('second', 30)
  for (let n = 0; n < 99_999; n++) guess(`guesser ${n}`, 1)
  expect([secondsToWait('first'), secondsToWait('second')]).toEqual([0, 600])
})
