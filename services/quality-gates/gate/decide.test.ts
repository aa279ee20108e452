import { describe, expect, test } from 'vitest'
import { documented } from '../config.ts'
import type { RateMetrics } from '../metrics/rates.ts'
import { decide, type GateState, type ManualAction, type Moment, manualState } from './decide.ts'

const fresh: GateState = { causes: {}, by_hand: null }

/** Returns a time, in minutes after noon, at which the host reported all three rates. */
const moment = (minute: number, [churn = 0, fraud = 0, engagement = 1]: number[]): Moment => {
  const at = new Date(Date.UTC(2026, 2, 2, 12, minute)).toISOString()
  const metric = (value: number) => ({ value, source: 'reported', window: null, reported_at: at })
  return {
    at,
    metrics: {
      churn_rate: metric(churn),
      fraud_rate: metric(fraud),
      engagement_rate: metric(engagement),
    } as RateMetrics,
  }
}
const decided = (state: GateState, now: Moment) => decide(state, now, documented)
const manually = (change: Partial<ManualAction>, now: Moment) => {
  const action: ManualAction = { act: 'paused', reason: 'why', by: 'env', until: null, ...change }
  return decided({ causes: {}, by_hand: manualState(action, now, documented) }, now)
}

describe('the gate pauses', () => {
  test.each([
    { churn: 0, fraud: 0, engagement: 1, reasons: [] },
    { churn: 0.2, fraud: 0.05, engagement: 0.5, reasons: [] },
    { churn: 0.201, fraud: 0, engagement: 1, reasons: ['churn_high'] },
    { churn: 0, fraud: 0.051, engagement: 1, reasons: ['fraud_high'] },
    { churn: 0.2, fraud: 0.05, engagement: 0.4, reasons: ['trust_low'] },
    { churn: 0.4, fraud: 0.1, engagement: 1, reasons: ['trust_low', 'churn_high', 'fraud_high'] },
  ])('at $churn, $fraud, $engagement for $reasons', ({ churn, fraud, engagement, reasons }) => {
    const now = decided(fresh, moment(0, [churn, fraud, engagement]))
    expect(now).toMatchObject({ open: reasons.length === 0, reasons })
  })

  test('at the thresholds of the settings', () => {
    const now = moment(0, [0.25])
    expect(decide(fresh, now, { ...documented, CHURN_PAUSE: 0.3 }).open).toBe(true)
  })
})

describe('a paused gate resumes', () => {
  const paused = decided(fresh, moment(0, [0.25]))

  test.each([
    { churn: 0.1, engagement: 1, reasons: [] },
    { churn: 0.149, engagement: 1, reasons: [] },
    { churn: 0.15, engagement: 1, reasons: ['churn_recovering'] },
    { churn: 0.14, engagement: 0.5, reasons: ['trust_recovering'] },
    { churn: 0.2, engagement: 1, reasons: ['trust_recovering', 'churn_recovering'] },
    { churn: 0.21, engagement: 1, reasons: ['churn_high'] },
  ])('at churn $churn, engagement $engagement: $reasons', ({ churn, engagement, reasons }) => {
    const next = decided(paused, moment(1, [churn, 0, engagement]))
    expect(next).toMatchObject({ open: reasons.length === 0, reasons })
  })

  test('only after a new report of the rate that caused the pause', () => {
    const later = moment(1, [0.1])
    const { metrics } = moment(0, [0.1])
    const notReported = { ...later, metrics: { ...later.metrics, churn_rate: metrics.churn_rate } }
    expect(decided(paused, notReported)).toMatchObject({ open: false, reasons: ['churn_awaited'] })
    expect(decided(paused, later)).toMatchObject({ open: true, reasons: [], causes: {} })
  })

  test('only after a new report of every cause, later ones included', () => {
    const both = decided(paused, moment(1, [0.25, 0.1]))
    const churnOnly = moment(2, [0.1, 0])
    churnOnly.metrics.fraud_rate.reported_at = moment(1, []).at
    expect(decided(both, churnOnly).reasons).toEqual(['fraud_awaited'])
    churnOnly.metrics.fraud_rate = { value: 0, source: 'assumed', window: null, reported_at: null }
    expect(decided(both, churnOnly).reasons).toEqual(['fraud_awaited'])
    expect(decided(both, moment(3, [0.1, 0])).open).toBe(true)
  })

  test('a low trust score waits for the rates that lowered it', () => {
    const low = decided(fresh, moment(0, [0.19, 0.001, 0.05]))
    expect(low.reasons).toEqual(['trust_low'])
    expect(Object.keys(low.causes)).toEqual(['churn_rate', 'engagement_rate'])
  })

  test('an open gate stays open between the two thresholds', () => {
    expect(decided(fresh, moment(0, [0.18])).open).toBe(true)
  })
})

describe('a manual change', () => {
  const until = moment(30, []).at

  test('a pause without an end lasts until a resume, however good the rates are', () => {
    const paused = manually({}, moment(0, []))
    expect(decided(paused, moment(600, [])).reasons).toEqual(['paused_by_hand'])
  })

  test('a pause ends at its end time', () => {
    const paused = manually({ until }, moment(0, []))
    expect(decided(paused, moment(29, [])).open).toBe(false)
    expect(decided(paused, moment(30, []))).toMatchObject({ open: true, by_hand: null })
  })

  test('after a pause ends, the rates decide', () => {
    const both = decided(manually({ until }, moment(0, [])), moment(10, [0.25]))
    expect(both.reasons).toEqual(['paused_by_hand', 'churn_high'])
    expect(decided(both, moment(30, [0.18])).reasons).toEqual(['churn_recovering'])
  })

  test('a resume holds for an hour while the rates stay the same', () => {
    const resumed = manually({ act: 'resumed' }, moment(0, [0.25]))
    expect(resumed).toMatchObject({ open: true, reasons: [] })
    expect(decided(resumed, moment(59, [0.25])).open).toBe(true)
    expect(decided(resumed, moment(60, [0.25])).reasons).toEqual(['churn_high'])
  })

  test('a resume ends at its end time', () => {
    const resumed = manually({ act: 'resumed', until }, moment(0, [0.25]))
    expect(decided(resumed, moment(30, [0.25])).open).toBe(false)
  })

  test.each([
    { worse: 'churn', rates: [0.26, 0.01, 0.6] },
    { worse: 'fraud', rates: [0.25, 0.011, 0.6] },
    { worse: 'engagement', rates: [0.25, 0.01, 0.59] },
  ])('a resume ends when the $worse rate gets worse', ({ rates }) => {
    const resumed = manually({ act: 'resumed' }, moment(0, [0.25, 0.01, 0.6]))
    expect(decided(resumed, moment(1, rates))).toMatchObject({ open: false, by_hand: null })
  })

  test('a resume holds while the rates get better', () => {
    const resumed = manually({ act: 'resumed' }, moment(0, [0.25, 0.01, 0.6]))
    expect(decided(resumed, moment(1, [0.22, 0, 0.7])).open).toBe(true)
  })
})
