import { describe, expect, test } from 'vitest'
import { documented } from '../config.ts'
import { type MetricInputs, rateMetricsOf } from './rates.ts'

const at = '2026-03-02T12:00:00.000Z'
const nothing: MetricInputs = { at, reports: {}, counts: {} }
const metrics = (inputs: Partial<MetricInputs>) =>
  rateMetricsOf({ ...nothing, ...inputs }, documented)

const report = (value: number, reported_at: string) => ({ value, window: '30 days', reported_at })
const referrals = (attributed: number, suspect: number) => ({
  'referrals.attributed': { count: attributed, counted_at: '2026-03-02T11:00:00.000Z' },
  'referrals.suspect': { count: suspect, counted_at: '2026-03-02T11:30:00.000Z' },
})

describe('the rates', () => {
  test('a rate that was never reported is assumed to be ideal', () => {
    expect(metrics({})).toMatchObject({
      churn_rate: { value: 0, source: 'assumed', reported_at: null },
      fraud_rate: { value: 0, source: 'assumed', reported_at: null },
      engagement_rate: { value: 1, source: 'assumed', reported_at: null },
    })
  })

  test('a reported rate shows its window and its time, however old', () => {
    const churn_rate = report(0.12, '2025-01-01T00:00:00.000Z')
    expect(metrics({ reports: { churn_rate } }).churn_rate).toEqual({
      value: 0.12,
      source: 'reported',
      window: '30 days',
      reported_at: '2025-01-01T00:00:00.000Z',
    })
  })

  test('the fraud rate is the share of suspect referrals, as of the last event', () => {
    expect(metrics({ counts: referrals(100, 10) }).fraud_rate).toEqual({
      value: 0.1,
      source: 'events',
      window: '7 days',
      reported_at: '2026-03-02T11:30:00.000Z',
    })
  })

  test.each([
    { all: 49, source: 'assumed', value: 0 },
    { all: 50, source: 'events', value: 0.2 },
  ])('$all referrals: the fraud rate is $source', ({ all, source, value }) => {
    const { fraud_rate } = metrics({ counts: referrals(all, 10) })
    expect(fraud_rate).toMatchObject({ source, value })
  })

  test.each([
    { suspect: 1, reported_at: null },
    { suspect: 0, reported_at: '2026-03-02T11:30:00.000Z' },
  ])('of 49 referrals $suspect is suspect: known as of $reported_at', (expected) => {
    const { fraud_rate } = metrics({ counts: referrals(49, expected.suspect) })
    expect(fraud_rate).toMatchObject({ value: 0, reported_at: expected.reported_at })
  })

  test.each([
    { counts: referrals(50, -1), value: 0 },
    { counts: referrals(50, 51), value: 1 },
  ])('counts that arrive in parts give a rate of $value', ({ counts, value }) => {
    expect(metrics({ counts }).fraud_rate.value).toBe(value)
  })

  test.each([
    { age: 'fresh', reported_at: '2026-03-01T12:00:00.001Z', value: 0.03 },
    { age: 'a day old', reported_at: '2026-03-01T12:00:00.000Z', value: 0.1 },
  ])('a reported fraud rate that is $age gives $value', ({ reported_at, value }) => {
    const reports = { fraud_rate: report(0.03, reported_at) }
    expect(metrics({ reports, counts: referrals(100, 10) }).fraud_rate.value).toBe(value)
  })
})
