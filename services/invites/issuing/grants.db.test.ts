// What others set off here, and what the clock ends.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { expireCodes } from '../batches/expire.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => app.close())
beforeEach(db.empty)

const tell = (event: string, payload: object) =>
  db.owner.query('select invites.publish($1, $2)', [event, payload])

const hearAll = async () => {
  while (await app.inbox.processBatch()) {}
}

const told = async (schema: string, event: string) =>
  (
    await db.owner.query(`select payload from ${schema}.inbox where event = $1 order by id`, [
      event,
    ])
  ).rows.map((row) => row.payload)

const issue = async (more: object = {}): Promise<string[]> => {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/invites/generate',
    headers: asAdmin,
    payload: { batch_size: 1, ...more },
  })
  return reply.json().codes
}

const redeem = (code: string, email: string) =>
  app.inject({ method: 'POST', url: '/api/invites/redeem', payload: { code, email } })

const grant = (n: number, codes: number) => ({
  grant_id: `00000000-0000-4000-8000-00000000000${n}`,
  person: `person ${n}`,
  codes,
  reason: 'First 3 referrals',
})

describe('earned codes', () => {
  test('are told to the waitlist, which mails them to who earned them', async () => {
    await tell('referrals.earned', { grants: [grant(1, 2), grant(2, 1)] })
    await tell('referrals.earned', { grants: [grant(1, 2)] })
    await hearAll()
    const mine = await db.owner.query('select code from invites.codes order by id')
    const [{ codes }, ...others] = await told('waitlist', 'invites.issued')
    expect(others).toEqual([])
    expect(codes).toEqual(
      mine.rows.map(({ code }, n) => {
        const { person, grant_id } = grant(n < 2 ? 1 : 2, 1)
        return { person, code, grant_id }
      }),
    )
  })

  test('are minted for their owner, single use, for whomever they are given to', async () => {
    await tell('referrals.earned', { grants: [grant(1, 3)] })
    await hearAll()
    const { rows } = await db.owner.query(`
      select grant_id, owner_person, created_by, uses_left, issued_to, code ~ '^VOBEE-[0-9A-F]{12}$' as shaped,
             c.expires_at = created_at + interval '168 hours' as after_seven_days
      from invites.codes as c join invites.batches as b on b.id = batch`)
    const code = {
      grant_id: grant(1, 3).grant_id,
      owner_person: 'person 1',
      created_by: 'referrals',
      uses_left: 1,
      issued_to: null,
      shaped: true,
      after_seven_days: true,
    }
    expect(rows).toEqual([code, code, code])
  })

  test('are minted once for each grant, however often and with whatever it is told', async () => {
    await tell('referrals.earned', { grants: [grant(1, 1), grant(2, 2), grant(1, 1)] })
    await tell('referrals.earned', { grants: [grant(2, 2), grant(3, 5)] })
    await hearAll()
    await tell('referrals.earned', { grants: [grant(3, 5)] })
    await hearAll()
    const { rows } = await db.owner.query(`
      select owner_person, count(*)::int as codes
      from invites.codes join invites.batches as b on b.id = batch group by 1 order by 1`)
    expect(rows).toEqual([
      { owner_person: 'person 1', codes: 1 },
      { owner_person: 'person 2', codes: 2 },
      { owner_person: 'person 3', codes: 5 },
    ])
    const news = await told('referrals', 'invites.created')
    expect(news.flatMap((payload) => payload.grants)).toEqual(
      [grant(1, 1), grant(2, 2), grant(3, 5)].map(({ reason: _, ...kept }) => kept),
    )
  })

  test('are minted by one of two replicas that hear of them at once', async () => {
    const other = buildApp(testSettings(InvitesSettings, db.urls.invites))
    for (let n = 0; n < 20; n++) await tell('referrals.earned', { grants: [grant(4, 2)] })
    await Promise.all([
      app.inbox.processBatch(),
      other.inbox.processBatch(),
      app.inbox.processBatch(),
    ])
    await other.close()
    await hearAll()
    const { rows } = await db.owner.query('select count(*)::int as n from invites.codes')
    expect(rows).toEqual([{ n: 2 }])
  })

  test('are minted though the gate has closed since', async () => {
    const closed = { open: false, reasons: ['churn_high'], evaluated_at: '2026-01-02T00:00:00Z' }
    await tell('gate.evaluated', closed)
    await tell('referrals.earned', { grants: [grant(1, 1)] })
    await hearAll()
    const { rows } = await db.owner.query('select count(*)::int as n from invites.codes')
    expect(rows).toEqual([{ n: 1 }])
  })

  test('say by whose grant they came when they are used', async () => {
    await tell('referrals.earned', { grants: [grant(1, 1)] })
    await hearAll()
    const { rows } = await db.owner.query('select code from invites.codes')
    expect((await redeem(rows[0].code, 'friend@example.com')).statusCode).toBe(200)
    const [news] = await told('referrals', 'invites.used')
    expect(news.uses).toMatchObject([{ grant_id: grant(1, 1).grant_id }])
  })
})

describe('codes that the clock ends', () => {
  const age = () =>
    db.owner.query(`update invites.codes set expires_at = now() - interval '1 second'`)

  test('are told once each, in chunks, by batch', async () => {
    await issue({ batch_size: 25, batch_id: 'a' })
    await issue({ batch_size: 5, batch_id: 'b' })
    await age()
    await issue({ batch_size: 5, batch_id: 'still good' })
    await Promise.all([expireCodes(app.database, 10), expireCodes(app.database, 10)])
    await expireCodes(app.database, 10)
    const counts: Record<string, number> = {}
    for (const { batches } of await told('quality_gates', 'invites.expired')) {
      for (const { batch_id, count } of batches) counts[batch_id] = (counts[batch_id] ?? 0) + count
    }
    expect(counts).toEqual({ a: 25, b: 5 })
  })

  test('are not told when they were used up or revoked before', async () => {
    const [used, revoked] = await issue({ batch_size: 2 })
    await redeem(String(used), 'user@example.com')
    await db.owner.query('update invites.codes set revoked_at = now() where code = $1', [revoked])
    await age()
    await expireCodes(app.database)
    expect(await told('quality_gates', 'invites.expired')).toEqual([])
  })
})
