import { randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { settingsOf, storedGates, useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const at = () => new Date().toISOString()

const publish = <Name extends EventName>(event: Name, payload: Payload<Name>) =>
  db.owner.query('select quality_gates.publish($1, $2)', [event, JSON.stringify(payload)])

const joined = (days: string[]): Payload<'waitlist.joined'> => ({
  entries: days.map((day) => ({
    id: randomUUID(),
    person: 'p',
    referral_code: 'AB12CD34',
    referred_by: null,
    confirmed: true,
    at: day,
  })),
})
const credited = (count: number): Payload<'referrals.credited'> => ({
  referrals: Array.from({ length: count }, () => ({
    referral_id: randomUUID(),
    referrer: 'a',
    person: 'b',
    at: at(),
  })),
})
const used = (count: number): Payload<'invites.used'> => ({
  uses: Array.from({ length: count }, () => ({
    use_id: randomUUID(),
    person: 'p',
    batch_id: 'B',
    grant_id: null,
    at: at(),
  })),
})
const ended = (...counts: number[]): Payload<'invites.expired'> => ({
  batches: counts.map((count, i) => ({ batch_id: `B${i}`, count })),
  at: at(),
})

const counts = async () => {
  const { rows } = await db.owner.query(
    'select day::text, kind, count::int from quality_gates.daily_counts order by day, kind',
  )
  return rows
}
const metrics = async () => (await quality.post('evaluate-gate')).json().metrics

describe('an event', () => {
  test('is counted by kind and shown over seven days', async () => {
    await publish('waitlist.joined', joined([at(), at(), at()]))
    await publish('invites.created', { batch_id: 'B', count: 50, grants: [], at: at() })
    await publish('invites.used', used(4))
    await publish('invites.revoked', ended(1, 8))
    await publish('invites.expired', ended(5, 2))
    await publish('invites.limit_reached', ended(3))
    await publish('referrals.credited', credited(2))
    await quality.processAll()
    expect(await metrics()).toMatchObject({
      joins: 3,
      codes_issued: 50,
      codes_redeemed: 4,
      codes_revoked: 9,
      codes_expired: 7,
      codes_used_up: 3,
      referrals_credited: 2,
    })
  })

  test('counts on the day in UTC on which it happened', async () => {
    await publish(
      'waitlist.joined',
      joined(['2026-03-01T23:30:00Z', '2026-03-02T00:30:00+01:00', '2026-03-02T00:00:00Z']),
    )
    await quality.processAll()
    expect(await counts()).toEqual([
      { day: '2026-03-01', kind: 'waitlist.joined', count: 2 },
      { day: '2026-03-02', kind: 'waitlist.joined', count: 1 },
    ])
  })

  test('leaves the totals after seven days', async () => {
    await publish('invites.used', used(4))
    await quality.processAll()
    await db.owner.query('update quality_gates.daily_counts set day = day - 6')
    expect((await metrics()).codes_redeemed).toBe(4)
    await db.owner.query('update quality_gates.daily_counts set day = day - 1')
    expect((await metrics()).codes_redeemed).toBe(0)
  })

  test('counts once, however often and in any order it is delivered', async () => {
    const events = [joined([at(), at()]), joined([at()])] as const
    for (const payload of [...events, ...events.toReversed()])
      await publish('waitlist.joined', payload)
    await quality.processAll()
    await publish('waitlist.joined', events[1])
    await quality.processAll()
    expect((await metrics()).joins).toBe(3)
  })

  test('counts once when two replicas consume, and neither fails', async () => {
    const other = buildApp(settingsOf(db))
    const join = () => publish('waitlist.joined', joined([at(), '2026-03-01T12:00:00Z']))
    const use = () => publish('invites.used', used(1))
    // Two batches of 50 in opposite order: without the lock they would deadlock.
    for (const enqueue of [join, use, use, join]) for (let i = 0; i < 25; i++) await enqueue()
    const consume = async (inbox: { processBatch: () => Promise<number> }) => {
      while ((await inbox.processBatch()) !== 0);
    }
    await Promise.all([consume(quality.app.inbox), consume(other.inbox)])
    await consume(quality.app.inbox)
    await other.close()
    const today = at().slice(0, 10)
    expect(await counts()).toEqual([
      { day: '2026-03-01', kind: 'waitlist.joined', count: 50 },
      { day: today, kind: 'invites.used', count: 50 },
      { day: today, kind: 'waitlist.joined', count: 50 },
    ])
  })
})

describe('a transition of a referral', () => {
  type Transition = Payload<'referrals.transitioned'>['transitions'][number]
  type Change = Pick<Transition, 'from' | 'to'> & { days?: number }

  const transitioned = (count: number, { from, to, days = 0 }: Change) =>
    publish('referrals.transitioned', {
      transitions: Array.from({ length: count }, () => ({
        referral_id: randomUUID(),
        revision: 1,
        from,
        to,
        at: new Date(Date.now() - days * 86_400_000).toISOString(),
      })),
    })
  const joins = (count: number, days = 0) => transitioned(count, { from: null, to: 'clean', days })
  const fraud = async () => {
    const { metrics, sources } = (await quality.post('evaluate-gate')).json()
    return { value: metrics.fraud_rate, source: sources.fraud_rate.source }
  }
  const history = async () => (await quality.get('history')).json().evaluations

  test('gives a fraud rate from 50 referrals on, until the host reports one', async () => {
    await joins(49)
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0, source: 'assumed' })
    await joins(1)
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0, source: 'events' })
    await quality.post('metrics', { fraud_rate: 0.03 })
    expect(await fraud()).toEqual({ value: 0.03, source: 'reported' })
  })

  test('to suspect counts as fraud until a reviewer decides', async () => {
    await joins(90)
    await transitioned(10, { from: null, to: 'suspect' })
    await transitioned(6, { from: 'clean', to: 'suspect' })
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0.16, source: 'events' })
    // Approved ones count as clean; those that a reviewer voids leave the referrals.
    await transitioned(6, { from: 'suspect', to: 'clean' })
    await transitioned(10, { from: 'suspect', to: 'decided' })
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0, source: 'events' })
    expect((await counts()).map(({ kind, count }) => [kind, count])).toEqual([
      ['referrals.attributed', 90],
      ['referrals.suspect', 0],
    ])
  })

  test('counts on the day on which the person was referred, in any order', async () => {
    await transitioned(5, { from: 'suspect', to: 'decided', days: 6 })
    await transitioned(20, { from: 'clean', to: 'suspect', days: 7 })
    await quality.processAll()
    expect((await counts()).map(({ count }) => count)).toEqual([20, -5, -5])
    expect((await fraud()).source).toBe('assumed')
    await transitioned(15, { from: null, to: 'suspect', days: 6 })
    await joins(90)
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0.1, source: 'events' })
  })

  test('counts once, however often it is delivered', async () => {
    await joins(50)
    await transitioned(10, { from: 'clean', to: 'suspect' })
    const { rows } = await db.owner.query('select event, payload from quality_gates.inbox')
    for (const { event, payload } of [...rows, ...rows]) await publish(event, payload)
    await quality.processAll()
    expect(await fraud()).toEqual({ value: 0.2, source: 'events' })
  })

  test('pauses invites at once when the rate crosses the threshold, and resumes them', async () => {
    await quality.post('evaluate-gate')
    await joins(100)
    await quality.processAll()
    expect(await history()).toHaveLength(1)
    await transitioned(6, { from: 'clean', to: 'suspect' })
    await quality.processAll()
    expect((await storedGates(db)).map(({ open, reasons }) => [open, reasons])).toEqual(
      Array(3).fill([false, ['fraud_high']]),
    )
    await transitioned(1, { from: 'clean', to: 'suspect' })
    await quality.processAll()
    await transitioned(7, { from: 'suspect', to: 'decided' })
    await quality.processAll()
    expect((await storedGates(db)).every(({ open }) => open)).toBe(true)
    expect(await history()).toMatchObject([
      { occasion: 'events', invites_allowed: true, fraud_rate: 0 },
      { occasion: 'events', invites_allowed: false, fraud_rate: 0.06 },
      { occasion: 'asked', invites_allowed: true },
    ])
  })

  test('resumes invites when a reviewer voided so many that too few are left for a rate', async () => {
    await transitioned(60, { from: null, to: 'suspect' })
    await quality.processAll()
    expect((await history())[0]).toMatchObject({ invites_allowed: false, fraud_rate: 1 })
    await transitioned(30, { from: 'suspect', to: 'decided' })
    await quality.processAll()
    expect((await history())[0]).toMatchObject({ reasons: ['fraud_awaited'] })
    await transitioned(30, { from: 'suspect', to: 'decided' })
    await quality.processAll()
    expect((await history())[0]).toMatchObject({ invites_allowed: true, fraud_rate: 0 })
  })
})
