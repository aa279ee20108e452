import { expect, test } from 'vitest'
import type { Facts } from './facts.ts'
import { scoreOf } from './score.ts'
import { defaultWeights } from './weights.ts'

const plain: Facts = {
  referrer_network: false,
  referrer_device: false,
  same_network: 0,
  same_device: 0,
  same_lookalike: 0,
  disposable: false,
  automated: false,
  in_hour: 1,
  usual: 0,
  confirmed_after: 90,
  converted_after: 86_400,
}
const score = (facts: Partial<Facts>) => scoreOf({ ...plain, ...facts }, defaultWeights)
const values = (facts: Partial<Facts>) =>
  Object.fromEntries(score(facts).reasons.map(({ signal, value }) => [signal, value]))

test('a referral without a signal scores 0', () => {
  expect(score({})).toEqual({ score: 0, reasons: [] })
})

test('a family on one network stays far below the hold, a farm far above it', () => {
  const family = { referrer_network: true, same_network: 4, in_hour: 3 }
  const farm = { referrer_network: true, same_network: 12, same_device: 12, in_hour: 40 }
  expect(score(family).score).toBeLessThan(30)
  expect(score({ ...farm, same_lookalike: 4 }).score).toBeGreaterThan(90)
})

test('a crowd on one network is held if it comes at once, whatever its devices', () => {
  expect(score({ same_network: 48, in_hour: 60 }).score).toBeGreaterThan(80)
  expect(score({ same_network: 48, in_hour: 3 }).score).toBeLessThan(60)
  const meeting = { same_network: 20, same_device: 2, in_hour: 25 }
  expect(score(meeting).score).toBeLessThan(60)
})

test('no signal holds a referral by itself', () => {
  const full: Partial<Facts>[] = [
    { referrer_network: true },
    { same_network: 48 },
    { disposable: true },
    { automated: true },
    { in_hour: 100 },
    { confirmed_after: 1 },
    { converted_after: 1 },
  ]
  for (const facts of full) expect(score(facts).score).toBeLessThan(60)
})

test('the points of the reasons add up to the score, the largest first', () => {
  const { score: total, reasons } = score({ same_network: 12, same_device: 12, in_hour: 40 })
  expect(reasons.map(({ points }) => points)).toEqual(
    reasons.map(({ points }) => points).sort((a, b) => b - a),
  )
  const sum = reasons.reduce((points, reason) => points + reason.points, 0)
  expect(Math.abs(sum - total)).toBeLessThanOrEqual(reasons.length)
  expect(reasons).toContainEqual(
    expect.objectContaining({ signal: 'same_network', value: 1, data: { others: 12 } }),
  )
})

test('a burst is many times what is usual for the referrer', () => {
  expect(values({ in_hour: 3 })).toEqual({})
  expect(values({ in_hour: 30 })).toEqual({ burst: 1 })
  expect(values({ in_hour: 30, usual: 10 })).toEqual({})
  expect(values({ in_hour: 9.5 }).burst).toBeCloseTo(0.5, 1)
})

test('a confirmation without a link, or before the join, is not too fast', () => {
  expect(values({ confirmed_after: 0 })).toEqual({ fast_confirmation: 1 })
  expect(values({ confirmed_after: 0, automated: null })).toEqual({})
  expect(values({ confirmed_after: -5 })).toEqual({})
  expect(values({ confirmed_after: 30 })).toEqual({})
  expect(values({ converted_after: -5 })).toEqual({})
})
