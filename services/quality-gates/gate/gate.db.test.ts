import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { publishedGates, useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const paused = { invites_allowed: false, health_status: 'critical' }

describe('the gate by the figures', () => {
  test('a new system is open, and the three that issue hear so', async () => {
    const reply = await quality.post('evaluate-gate')
    expect(reply.json()).toMatchObject({ invites_allowed: true, reasons: [], trust_score: 1 })
    const published = await publishedGates(db)
    expect(published.map(({ consumer, times }) => [consumer, times])).toEqual([
      ['invites', 1],
      ['referrals', 1],
      ['waitlist', 1],
    ])
    for (const { last } of published) expect(last).toMatchObject({ open: true, reasons: [] })
  })

  test('a report that crosses closes it within the request, and all three hear', async () => {
    const reply = await quality.post('metrics', { churn_rate: 0.25 })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({ ...paused, reasons: ['churn_high'] })
    for (const { last } of await publishedGates(db)) {
      expect(last).toMatchObject({ open: false, reasons: ['churn_high'] })
      expect(Date.parse(last.evaluated_at)).toBe(Date.parse(reply.json().evaluated_at))
    }
  })

  test('it stays paused until the figure that paused it is reported anew', async () => {
    await quality.post('metrics', { churn_rate: 0.25 })
    await quality.post('metrics', { engagement_rate: 0.9 })
    // As if the rule had been changed: the figure is well now, but it is the old one.
    await db.owner.query(`update quality_gates.reports set value = 0.1 where metric = 'churn_rate'`)
    const silent = await quality.post('evaluate-gate')
    expect(silent.json()).toMatchObject({ ...paused, reasons: ['churn_awaited'] })
    const anew = await quality.post('metrics', { churn_rate: 0.1 })
    expect(anew.json()).toMatchObject({ invites_allowed: true, reasons: [] })
    expect((await publishedGates(db)).map(({ last }) => last.open)).toEqual([true, true, true])
  })

  test('a fraud rate that goes stale does not open it', async () => {
    await quality.post('metrics', { fraud_rate: 0.1 })
    await db.owner.query(
      `update quality_gates.reports set reported_at = reported_at - interval '25 hours'`,
    )
    const stale = await quality.post('evaluate-gate')
    expect(stale.json()).toMatchObject({ ...paused, reasons: ['fraud_awaited'] })
    expect(stale.json().sources.fraud_rate.source).toBe('assumed')
    const anew = await quality.post('metrics', { fraud_rate: 0.01 })
    expect(anew.json().invites_allowed).toBe(true)
  })

  test('between the two thresholds it stays what it is', async () => {
    expect((await quality.post('metrics', { churn_rate: 0.18 })).json().invites_allowed).toBe(true)
    await quality.post('metrics', { churn_rate: 0.3 })
    const better = await quality.post('metrics', { churn_rate: 0.18 })
    expect(better.json()).toMatchObject({ ...paused, reasons: ['churn_recovering'] })
  })
})

describe('the gate by hand', () => {
  test('a pause closes it at once, names who and why, and ends by hand', async () => {
    const reply = await quality.post('pause', { reason: 'support is swamped' })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({
      ...paused,
      reasons: ['paused_by_hand'],
      by_hand: { act: 'paused', reason: 'support is swamped', by: 'env', until: null },
    })
    expect((await publishedGates(db)).map(({ last }) => last.open)).toEqual([false, false, false])
    expect((await quality.post('metrics', { churn_rate: 0 })).json().invites_allowed).toBe(false)
    const resumed = await quality.post('resume', { reason: 'all well' })
    expect(resumed.json()).toMatchObject({ invites_allowed: true, reasons: [] })
    expect((await publishedGates(db)).map(({ last }) => last.open)).toEqual([true, true, true])
  })

  test('a pause ends at its end time', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const reply = await quality.post('pause', { reason: 'maintenance', until })
    expect(reply.json().by_hand.until).toBe(until)
    expect((await quality.post('evaluate-gate')).json().invites_allowed).toBe(false)
    await db.owner.query(`
      update quality_gates.gate
      set by_hand = by_hand || jsonb_build_object('until', now() - interval '1 second')`)
    const after = await quality.post('evaluate-gate')
    expect(after.json()).toMatchObject({ invites_allowed: true, by_hand: null })
  })

  test('a resume holds an hour against the figures, then they count again', async () => {
    await quality.post('metrics', { churn_rate: 0.25 })
    const resumed = await quality.post('resume', { reason: 'known outage' })
    expect(resumed.json()).toMatchObject({ invites_allowed: true, health_status: 'critical' })
    const { evaluated_at, by_hand } = resumed.json()
    expect(Date.parse(by_hand.until) - Date.parse(evaluated_at)).toBe(3_600_000)
    expect((await quality.post('evaluate-gate')).json().invites_allowed).toBe(true)
    await db.owner.query(`
      update quality_gates.gate
      set by_hand = by_hand || jsonb_build_object('until', now() - interval '1 second')`)
    expect((await quality.post('evaluate-gate')).json()).toMatchObject({
      ...paused,
      reasons: ['churn_high'],
      by_hand: null,
    })
  })

  test('a resume ends when a figure gets worse than it was then', async () => {
    await quality.post('metrics', { churn_rate: 0.25 })
    await quality.post('resume', { reason: 'known outage' })
    const same = await quality.post('metrics', { churn_rate: 0.25 })
    expect(same.json().invites_allowed).toBe(true)
    const worse = await quality.post('metrics', { churn_rate: 0.26 })
    expect(worse.json()).toMatchObject({ ...paused, reasons: ['churn_high'], by_hand: null })
  })

  test('an end time in any zone is the same moment', async () => {
    const soon = new Date(Date.now() + 3_600_000)
    const until = new Date(soon.getTime() + 23 * 3_600_000).toISOString().replace('Z', '+23:00')
    const reply = await quality.post('pause', { reason: 'far east', until })
    expect(reply.json().by_hand.until).toBe(soon.toISOString())
  })
})
