import { randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { settingsOf, useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const at = () => new Date().toISOString()

const tell = <Name extends EventName>(event: Name, payload: Payload<Name>) =>
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

const hearAll = async () => {
  while ((await quality.app.inbox.processBatch()) !== 0);
}
const counts = async () => {
  const { rows } = await db.owner.query(
    'select day::text, kind, count::int from quality_gates.daily_counts order by day, kind',
  )
  return rows
}
const metrics = async () => (await quality.post('evaluate-gate')).json().metrics

describe('what others tell', () => {
  test('is counted by kind and shown over seven days', async () => {
    await tell('waitlist.joined', joined([at(), at(), at()]))
    await tell('invites.created', { batch_id: 'B', count: 50, grants: [], at: at() })
    await tell('invites.used', used(4))
    await tell('invites.revoked', ended(1, 8))
    await tell('invites.expired', ended(5, 2))
    await tell('invites.limit_reached', ended(3))
    await tell('referrals.credited', credited(2))
    await hearAll()
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
    await tell(
      'waitlist.joined',
      joined(['2026-03-01T23:30:00Z', '2026-03-02T00:30:00+01:00', '2026-03-02T00:00:00Z']),
    )
    await hearAll()
    expect(await counts()).toEqual([
      { day: '2026-03-01', kind: 'waitlist.joined', count: 2 },
      { day: '2026-03-02', kind: 'waitlist.joined', count: 1 },
    ])
  })

  test('leaves the figures after seven days', async () => {
    await tell('invites.used', used(4))
    await hearAll()
    await db.owner.query('update quality_gates.daily_counts set day = day - 6')
    expect((await metrics()).codes_redeemed).toBe(4)
    await db.owner.query('update quality_gates.daily_counts set day = day - 1')
    expect((await metrics()).codes_redeemed).toBe(0)
  })

  test('counts once, however often and in whatever order it is delivered', async () => {
    const told = [joined([at(), at()]), joined([at()])] as const
    for (const payload of [...told, ...told.toReversed()]) await tell('waitlist.joined', payload)
    await hearAll()
    await tell('waitlist.joined', told[1])
    await hearAll()
    expect((await metrics()).joins).toBe(3)
  })

  test('counts once when two replicas listen, neither failing', async () => {
    const other = buildApp(settingsOf(db))
    const join = () => tell('waitlist.joined', joined([at(), '2026-03-01T12:00:00Z']))
    const use = () => tell('invites.used', used(1))
    // Batches of 50, one in the opposite order of the other: they would deadlock without turns.
    for (const act of [join, use, use, join]) for (let i = 0; i < 25; i++) await act()
    const listen = async (inbox: { processBatch: () => Promise<number> }) => {
      while ((await inbox.processBatch()) !== 0);
    }
    await Promise.all([listen(quality.app.inbox), listen(other.inbox)])
    await listen(quality.app.inbox)
    await other.close()
    const today = at().slice(0, 10)
    expect(await counts()).toEqual([
      { day: '2026-03-01', kind: 'waitlist.joined', count: 50 },
      { day: today, kind: 'invites.used', count: 50 },
      { day: today, kind: 'waitlist.joined', count: 50 },
    ])
  })

  test('gives the fraud rate once there are 50 referrals, until one is reported', async () => {
    const fraud = async () => (await quality.post('evaluate-gate')).json().sources.fraud_rate
    await tell('referrals.credited', credited(49))
    await hearAll()
    expect((await fraud()).source).toBe('assumed')
    await tell('referrals.credited', credited(1))
    await hearAll()
    expect(await fraud()).toMatchObject({ source: 'events', window: '7 days' })
    const { metrics, sources } = (await quality.post('metrics', { fraud_rate: 0.03 })).json()
    expect(sources.fraud_rate.source).toBe('reported')
    expect(metrics.fraud_rate).toBe(0.03)
  })

  test('what held and void referrals will tell counts as fraud', async () => {
    await tell('referrals.credited', credited(90))
    await hearAll()
    await db.owner.query(`
      insert into quality_gates.daily_counts
      select day, 'referrals.held', 10, counted_at from quality_gates.daily_counts`)
    const reply = (await quality.post('evaluate-gate')).json()
    expect(reply).toMatchObject({ metrics: { fraud_rate: 0.1 }, reasons: ['fraud_high'] })
  })
})
