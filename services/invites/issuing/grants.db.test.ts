import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = (event: string, payload: object) =>
  db.owner.query('select invites.publish($1, $2)', [event, payload])

const processInbox = async () => {
  while (await app.inbox.processBatch()) {}
}

const published = async (schema: string, event: string) =>
  (
    await db.owner.query(`select payload from ${schema}.inbox where event = $1 order by id`, [
      event,
    ])
  ).rows.map((row) => row.payload)

const redeem = (code: string, email: string) =>
  app.inject({ method: 'POST', url: '/api/invites/redeem', payload: { code, email } })

const grant = (n: number, codes: number) => ({
  grant_id: `00000000-0000-4000-8000-00000000000${n}`,
  person: `person ${n}`,
  codes,
  reason: 'First 3 referrals',
})

describe('earned codes', () => {
  test('are published to the waitlist, which mails them to the person who earned them', async () => {
    await publish('referrals.earned', { grants: [grant(1, 2), grant(2, 1)] })
    await publish('referrals.earned', { grants: [grant(1, 2)] })
    await processInbox()
    const own = await db.owner.query('select code from invites.codes order by id')
    const [{ codes }, ...others] = await published('waitlist', 'invites.issued')
    expect(others).toEqual([])
    expect(codes).toEqual(
      own.rows.map(({ code }, n) => {
        const { person, grant_id } = grant(n < 2 ? 1 : 2, 1)
        return { person, code, grant_id }
      }),
    )
  })

  test('are minted for their owner, with one use, which anybody may redeem', async () => {
    await publish('referrals.earned', { grants: [grant(1, 3)] })
    await processInbox()
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

  test('are minted once for each grant, however often it is published', async () => {
    await publish('referrals.earned', { grants: [grant(1, 1), grant(2, 2), grant(1, 1)] })
    await publish('referrals.earned', { grants: [grant(2, 2), grant(3, 5)] })
    await processInbox()
    await publish('referrals.earned', { grants: [grant(3, 5)] })
    await processInbox()
    const { rows } = await db.owner.query(`
      select owner_person, count(*)::int as codes
      from invites.codes join invites.batches as b on b.id = batch group by 1 order by 1`)
    expect(rows).toEqual([
      { owner_person: 'person 1', codes: 1 },
      { owner_person: 'person 2', codes: 2 },
      { owner_person: 'person 3', codes: 5 },
    ])
    const events = await published('referrals', 'invites.created')
    expect(events.flatMap((payload) => payload.grants)).toEqual(
      [grant(1, 1), grant(2, 2), grant(3, 5)].map(({ reason: _, ...stored }) => stored),
    )
  })

  test('are minted by one of two replicas that handle them at once', async () => {
    const other = buildApp(testSettings(InvitesSettings, db.urls.invites))
    for (let n = 0; n < 20; n++) await publish('referrals.earned', { grants: [grant(4, 2)] })
    await Promise.all([
      app.inbox.processBatch(),
      other.inbox.processBatch(),
      app.inbox.processBatch(),
    ])
    await other.close()
    await processInbox()
    const { rows } = await db.owner.query('select count(*)::int as n from invites.codes')
    expect(rows).toEqual([{ n: 2 }])
  })

  test('are minted though the gate has closed since', async () => {
    await db.owner.query(`select invites.set_gate(false, '{churn_high}', now())`)
    await publish('referrals.earned', { grants: [grant(1, 1)] })
    await processInbox()
    const { rows } = await db.owner.query('select count(*)::int as n from invites.codes')
    expect(rows).toEqual([{ n: 1 }])
  })

  test('are published with their grant when they are used', async () => {
    await publish('referrals.earned', { grants: [grant(1, 1)] })
    await processInbox()
    const { rows } = await db.owner.query('select code from invites.codes')
    expect((await redeem(rows[0].code, 'friend@example.com')).statusCode).toBe(200)
    const [events] = await published('referrals', 'invites.used')
    expect(events.uses).toMatchObject([{ grant_id: grant(1, 1).grant_id }])
  })
})
