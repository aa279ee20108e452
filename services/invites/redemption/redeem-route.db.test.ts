import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
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

const issue = async (more: object = {}): Promise<string> => {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/invites/generate',
    headers: asAdmin,
    payload: { batch_size: 1, ...more },
  })
  return reply.json().codes[0]
}

const redeem = (code: string, email = 'user@example.com') =>
  app.inject({ method: 'POST', url: '/api/invites/redeem', payload: { code, email } })

const uses = async () =>
  (await db.owner.query('select email from invites.uses order by email')).rows.map(
    (row) => row.email,
  )

const refused = async (code: string, email?: string) => {
  const reply = await redeem(code, email)
  expect(reply.headers['content-type']).toBe('application/problem+json')
  return [reply.statusCode, reply.json().code]
}

const revoke = () => db.owner.query('update invites.codes set revoked_at = now()')
const expireAll = () =>
  db.owner.query(`update invites.codes set expires_at = now() - interval '1 second'`)

describe('redeeming', () => {
  test('the documented request gets the documented reply, and the use is stored', async () => {
    const reply = await redeem(await issue())
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      status: 'success',
      message: 'Invite code redeemed successfully',
      email: 'user@example.com',
    })
    expect(await uses()).toEqual(['user@example.com'])
  })

  test('a code is found in any case and with space around it', async () => {
    const code = await issue()
    expect((await redeem(`  ${code.toLowerCase()} `)).statusCode).toBe(200)
    await issue({ code: 'Launch-Day' })
    expect((await redeem('LAUNCH-day')).statusCode).toBe(200)
  })

  test('the same person again gets the same success, counted once', async () => {
    const code = await issue({ max_uses: 2 })
    const first = await redeem(code)
    const again = await redeem(code, 'User+again@EXAMPLE.com')
    expect([first.statusCode, again.statusCode]).toEqual([200, 200])
    const { rows } = await db.owner.query('select uses_left from invites.codes')
    expect(rows).toEqual([{ uses_left: 1 }])
    expect(await uses()).toEqual(['user@example.com'])
  })

  test('an unlimited code is used by everybody', async () => {
    const code = await issue({ max_uses: null })
    for (const name of ['a', 'b', 'c']) {
      expect((await redeem(code, `${name}@example.com`)).statusCode).toBe(200)
    }
    expect(await uses()).toHaveLength(3)
  })

  test('a code issued to a person is theirs, under each of their addresses', async () => {
    const code = await issue({ issued_to: 'Some.Friend@gmail.com' })
    expect(await refused(code)).toEqual([403, 'code_not_yours'])
    expect((await redeem(code, 'somefriend+invite@googlemail.com')).statusCode).toBe(200)
  })
})

describe('a code that cannot be redeemed', () => {
  test('is unknown', async () => {
    expect(await refused('VOBEE-000000000000')).toEqual([404, 'invalid_code'])
    expect(await refused("'; drop table invites.codes; --")).toEqual([404, 'invalid_code'])
  })

  test('has no uses left', async () => {
    const code = await issue()
    await redeem(code)
    expect(await refused(code, 'late@example.com')).toEqual([409, 'code_already_used'])
  })

  test('has expired', async () => {
    const code = await issue()
    await expireAll()
    expect(await refused(code)).toEqual([410, 'code_expired'])
  })

  test('was revoked', async () => {
    const code = await issue()
    await revoke()
    expect(await refused(code)).toEqual([410, 'code_revoked'])
  })

  test('fails for the first reason of the documented order', async () => {
    const code = await issue({ issued_to: 'owner@example.com' })
    await redeem(code, 'owner@example.com')
    const other = async () => {
      await db.owner.query('update invites.codes set issued_to = null, issued_person = null')
      return refused(code, 'other@example.com')
    }
    await expireAll()
    await revoke()
    expect((await redeem(code, 'owner@example.com')).statusCode).toBe(200)
    expect(await refused(code, 'other@example.com')).toEqual([403, 'code_not_yours'])
    expect(await other()).toEqual([410, 'code_revoked'])
    await db.owner.query('update invites.codes set revoked_at = null')
    expect(await other()).toEqual([409, 'code_already_used'])
    await db.owner.query('update invites.codes set uses_left = 1')
    expect(await other()).toEqual([410, 'code_expired'])
  })
})

describe('published events', () => {
  const published = async (schema: string) =>
    (await db.owner.query(`select event, payload from ${schema}.inbox order by id`)).rows

  test('a use is published once to all consumers, without the address', async () => {
    const code = await issue({ max_uses: null, batch_id: 'open house' })
    await db.owner.query('truncate referrals.inbox, quality_gates.inbox')
    await redeem(code)
    await redeem(code)
    for (const schema of ['waitlist', 'referrals', 'quality_gates']) {
      const events = await published(schema)
      expect(events).toMatchObject([
        { event: 'invites.used', payload: { uses: [{ batch_id: 'open house', grant_id: null }] } },
      ])
      expect(JSON.stringify(events)).not.toContain('example.com')
      expect(JSON.stringify(events)).not.toContain(code)
    }
  })

  test('a limit that is reached is published once, after the use that reached it', async () => {
    const code = await issue({ max_uses: 2, batch_id: 'two' })
    for (const name of ['a', 'b', 'c']) await redeem(code, `${name}@example.com`)
    const events = await published('quality_gates')
    expect(events.map((row) => row.event)).toEqual([
      'invites.created',
      'invites.used',
      'invites.used',
      'invites.limit_reached',
    ])
    expect(events[3].payload.batches).toEqual([{ batch_id: 'two', count: 1 }])
  })
})

describe('bad input', () => {
  test('every error of a body is reported at once', async () => {
    const reply = await app.inject({
      method: 'POST',
      url: '/api/invites/redeem',
      payload: { code: ' ', email: 'nobody', ttl: 5 },
    })
    expect(reply.statusCode).toBe(400)
    const { errors } = reply.json()
    expect(errors.map((error: { path: string }) => error.path).sort()).toEqual([
      'code',
      'email',
      'ttl',
    ])
  })

  test('text that Postgres cannot store is an error', async () => {
    for (const code of ['a\u0000b', '\ud800']) {
      expect((await redeem(code)).statusCode).toBe(400)
    }
  })
})
