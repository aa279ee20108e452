import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { storedGates, useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const paused = { invites_allowed: false, health_status: 'critical' }

describe('the gate by the rates', () => {
  test('a new system is open, in the three services that issue too', async () => {
    const reply = await quality.post('evaluate-gate')
    expect(reply.json()).toMatchObject({ invites_allowed: true, reasons: [], trust_score: 1 })
    const evaluated_at = new Date(reply.json().evaluated_at)
    expect(await storedGates(db)).toEqual(
      ['invites', 'referrals', 'waitlist'].map((service) => ({
        ...{ service, open: true, reasons: [], evaluated_at },
      })),
    )
  })

  test('a bad report closes the gate of all three services within the request', async () => {
    const reply = await quality.post('metrics', { churn_rate: 0.25 })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({ ...paused, reasons: ['churn_high'] })
    const evaluated_at = new Date(reply.json().evaluated_at)
    for (const gate of await storedGates(db)) {
      expect(gate).toMatchObject({ open: false, reasons: ['churn_high'], evaluated_at })
    }
  })

  test('the gate stays paused until the rate that paused it is reported again', async () => {
    await quality.post('metrics', { churn_rate: 0.25 })
    await quality.post('metrics', { engagement_rate: 0.9 })
    // The stored rate is good now, but it is the old report.
    await db.owner.query(`update quality_gates.reports set value = 0.1 where metric = 'churn_rate'`)
    const waiting = await quality.post('evaluate-gate')
    expect(waiting.json()).toMatchObject({ ...paused, reasons: ['churn_awaited'] })
    const reported = await quality.post('metrics', { churn_rate: 0.1 })
    expect(reported.json()).toMatchObject({ invites_allowed: true, reasons: [] })
    expect((await storedGates(db)).map(({ open }) => open)).toEqual([true, true, true])
  })

  test('a fraud rate that becomes stale does not open the gate', async () => {
    await quality.post('metrics', { fraud_rate: 0.1 })
    await db.owner.query(
      `update quality_gates.reports set reported_at = reported_at - interval '25 hours'`,
    )
    const stale = await quality.post('evaluate-gate')
    expect(stale.json()).toMatchObject({ ...paused, reasons: ['fraud_awaited'] })
    expect(stale.json().sources.fraud_rate.source).toBe('assumed')
    const reported = await quality.post('metrics', { fraud_rate: 0.01 })
    expect(reported.json().invites_allowed).toBe(true)
  })

  test('between the two thresholds the gate keeps its state', async () => {
    expect((await quality.post('metrics', { churn_rate: 0.18 })).json().invites_allowed).toBe(true)
    await quality.post('metrics', { churn_rate: 0.3 })
    const better = await quality.post('metrics', { churn_rate: 0.18 })
    expect(better.json()).toMatchObject({ ...paused, reasons: ['churn_recovering'] })
  })
})

describe('a manual change', () => {
  test('a pause closes the gate at once, names the key and the reason, and ends by a resume', async () => {
    const reply = await quality.post('pause', { reason: 'support is swamped' })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({
      ...paused,
      reasons: ['paused_by_hand'],
      by_hand: { act: 'paused', reason: 'support is swamped', by: 'env', until: null },
    })
    expect((await storedGates(db)).map(({ open }) => open)).toEqual([false, false, false])
    expect((await quality.post('metrics', { churn_rate: 0 })).json().invites_allowed).toBe(false)
    const resumed = await quality.post('resume', { reason: 'all well' })
    expect(resumed.json()).toMatchObject({ invites_allowed: true, reasons: [] })
    expect((await storedGates(db)).map(({ open }) => open)).toEqual([true, true, true])
  })

  test('a repeated request with an Idempotency-Key has no effect and gets the gate of now', async () => {
    const send = (path: string, payload: object, key = path) =>
      quality.app.inject({
        method: 'POST',
        url: `/api/quality/${path}`,
        headers: { ...asAdmin, 'idempotency-key': key },
        payload,
      })
    const reason = { reason: 'support is swamped' }
    expect((await send('pause', reason)).json()).toMatchObject(paused)
    await send('resume', reason)
    await send('metrics', { churn_rate: 0.1 })
    await quality.post('metrics', { churn_rate: 0.12 })
    for (const [path, payload] of [
      ['pause', reason],
      ['metrics', { churn_rate: 0.1 }],
    ] as const) {
      const again = await send(path, payload)
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
      expect(again.json()).toMatchObject({ invites_allowed: true, metrics: { churn_rate: 0.12 } })
    }
    expect((await send('pause', { reason: 'another' })).json().code).toBe('idempotency_key_reused')
    const { rows } = await db.owner.query(`
      select act, count(*)::int from quality_gates.audit where act in ('gate.paused', 'gate.evaluated')
      group by act order by act`)
    expect(rows).toEqual([
      { act: 'gate.evaluated', count: 2 },
      { act: 'gate.paused', count: 1 },
    ])
  })

  test('a pause with an end is repeated after it by its Idempotency-Key', async () => {
    const payload = { reason: 'maintenance', until: new Date(Date.now() + 60_000).toISOString() }
    const headers = { ...asAdmin, 'idempotency-key': 'k' }
    const send = () =>
      quality.app.inject({ method: 'POST', url: '/api/quality/pause', headers, payload })
    expect((await send()).statusCode).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
    onTestFinished(() => void vi.useRealTimers())
    expect((await send()).statusCode).toBe(200)
  })

  test('a pause ends at its end time', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const past = await quality.post('pause', {
      reason: 'maintenance',
      until: '2020-01-01T00:00:00Z',
    })
    expect(past.json()).toMatchObject({ status: 400, errors: [{ path: 'until' }] })
    const reply = await quality.post('pause', { reason: 'maintenance', until })
    expect(reply.json().by_hand.until).toBe(until)
    expect((await quality.post('evaluate-gate')).json().invites_allowed).toBe(false)
    await db.owner.query(`
      update quality_gates.gate
      set by_hand = by_hand || jsonb_build_object('until', now() - interval '1 second')`)
    const after = await quality.post('evaluate-gate')
    expect(after.json()).toMatchObject({ invites_allowed: true, by_hand: null })
  })

  test('a resume holds for an hour, then the rates decide again', async () => {
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

  test('a resume ends when a rate gets worse', async () => {
    await quality.post('metrics', { churn_rate: 0.25 })
    await quality.post('resume', { reason: 'known outage' })
    const same = await quality.post('metrics', { churn_rate: 0.25 })
    expect(same.json().invites_allowed).toBe(true)
    const worse = await quality.post('metrics', { churn_rate: 0.26 })
    expect(worse.json()).toMatchObject({ ...paused, reasons: ['churn_high'], by_hand: null })
  })

  test('an end time is accepted in any time zone', async () => {
    const soon = new Date(Date.now() + 3_600_000)
    const until = new Date(soon.getTime() + 23 * 3_600_000).toISOString().replace('Z', '+23:00')
    const reply = await quality.post('pause', { reason: 'far east', until })
    expect(reply.json().by_hand.until).toBe(soon.toISOString())
  })
})
