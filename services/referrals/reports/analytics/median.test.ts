import { expect, test } from 'vitest'
import { medianHours } from './median.ts'

const bucketOf = (minutes: number) => Math.floor(Math.log(Math.max(minutes, 1)) / Math.log(1.1))
const histogramOf = (times: number[]) =>
  [...Map.groupBy(times, bucketOf)].map(([bucket, { length: n }]) => ({ bucket, n }))

test('there is no median without conversions', () => {
  expect(medianHours([])).toBeNull()
  expect(medianHours([{ bucket: 5, n: 0 }])).toBeNull()
})

test.each([
  ['one time', [90]],
  ['the middle of three', [2, 600, 100_000]],
  ['many that are alike', Array.from({ length: 101 }, (_, n) => 1_000 + n)],
  ['times of all lengths', Array.from({ length: 999 }, (_, n) => 1 + n ** 2)],
])('the median of %s is at most 10 %% wrong', (_, times) => {
  const exact = (times.toSorted((a, b) => a - b)[times.length >> 1] as number) / 60
  const found = medianHours(histogramOf(times)) ?? 0
  expect(Math.abs(found - exact) / exact).toBeLessThan(0.1)
})

test('the order of the buckets does not matter', () => {
  const histogram = histogramOf([5, 70, 3_000, 9, 800])
  expect(medianHours(histogram.toReversed())).toBe(medianHours(histogram))
})
