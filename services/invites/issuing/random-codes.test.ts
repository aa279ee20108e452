import { expect, test } from 'vitest'
import { codesFrom, randomNumbers } from './random-codes.ts'

const generate = (count: number, length: number, prefix = 'VOBEE-') =>
  codesFrom(randomNumbers(count), { prefix, length })

test('codes have their prefix and as many hex digits as they should, of any length', () => {
  for (let length = 8; length <= 20; length++) {
    for (const code of generate(50, length)) {
      expect(code).toMatch(new RegExp(`^VOBEE-[0-9A-F]{${length}}$`))
    }
  }
})

test('they are sorted, and differ', () => {
  for (const length of [12, 20]) {
    const codes = generate(5_000, length)
    expect(codes).toEqual(codes.toSorted())
    expect(new Set(codes).size).toBe(5_000)
  }
})

test('every digit of a code takes every value, about equally often', () => {
  const codes = generate(16_000, 20, '')
  for (let place = 0; place < 20; place++) {
    const counts = new Map<string, number>()
    for (const { [place]: digit = '' } of codes) counts.set(digit, (counts.get(digit) ?? 0) + 1)
    // 1000 expected of each, with a deviation of 31.
    expect(counts.size).toBe(16)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250)
  }
})

test('a part of the numbers makes the same beginnings', () => {
  const numbers = randomNumbers(10)
  const format = { prefix: '', length: 12 }
  expect(codesFrom(numbers.subarray(3, 7), format)).toEqual(codesFrom(numbers, format).slice(3, 7))
})
