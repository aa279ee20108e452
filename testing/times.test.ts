import { afterEach, expect, test, vi } from 'vitest'
import { compareTimes } from './times.ts'

afterEach(() => vi.restoreAllMocks())

const expected = { low: 0.97, high: 1.03 }

/** Numbers from 0 to 1 that look random (mulberry32), the same for the same seed. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Compares requests of 4 ms and 4 ms + `more` on a busy machine: 1 of 10 takes up to 40 ms more. */
const compare = (seed: number, more: number) => {
  const random = randomOf(seed)
  let clock = 0
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
  vi.spyOn(Math, 'random').mockImplementation(random)
  const request = (ms: number) => async () => {
    clock += ms + random() + (random() < 0.1 ? 40 * random() : 0)
  }
  return compareTimes(request(4), request(4 + more), expected)
}

test('two kinds that take the same time are never found to differ', async () => {
  for (let seed = 0; seed < 100; seed++) {
    const { low, high } = await compare(seed, 0)
    expect(low).toBeLessThan(1)
    expect(high).toBeGreaterThan(1)
  }
})

test('a kind that takes 0.4 ms more, or less, is always found', async () => {
  for (let seed = 0; seed < 100; seed++) {
    expect((await compare(seed, 0.4)).low).toBeGreaterThan(expected.high)
    expect((await compare(seed, -0.4)).high).toBeLessThan(expected.low)
  }
})
