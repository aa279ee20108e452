import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'
import { codeStatus } from './code-status.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => app.close())

const issue = async (more: object = {}): Promise<string> => {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/invites/generate',
    headers: asAdmin,
    payload: { batch_size: 1, ...more },
  })
  return reply.json().codes[0]
}

const status = (code: string) =>
  app.inject({ method: 'GET', url: `/api/invites/${encodeURIComponent(code)}/status` })

const set = (code: string, change: string) =>
  db.owner.query(`update invites.codes set ${change} where code = $1`, [code])

const past = `expires_at = now() - interval '1 second'`

test('the status is the first of revoked, used, expired, active', async () => {
  const { rows } = await db.owner.query(`
    select string_agg(${codeStatus('code').text}, ' ' order by n) as statuses
    from (values
      (1, null::timestamptz, 1, now() + interval '1 second'),
      (2, null, 1, null),
      (3, null, null, null),
      (4, null, 1, now()),
      (5, null, null, now()),
      (6, null, 0, null),
      (7, null, 0, now()),
      (8, now(), 1, null),
      (9, now(), 0, now()),
      (10, now(), null, now())
    ) as code (n, revoked_at, uses_left, expires_at)`)
  expect(rows[0].statuses).toBe(
    'active active active expired expired used used revoked revoked revoked',
  )
})

describe('the status of a code', () => {
  test('has the documented members', async () => {
    const code = await issue({ expires_at: '2999-12-27T00:00:00Z' })
    const reply = await status(` ${code.toLowerCase()} `)
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      valid: true,
      expires_at: '2999-12-27T00:00:00.000Z',
      used: false,
      status: 'active',
    })
  })

  test('is used, expired or revoked', async () => {
    const code = await issue()
    await set(code, past)
    expect((await status(code)).json()).toMatchObject({ valid: false, status: 'expired' })
    await set(code, 'uses_left = 0')
    expect((await status(code)).json()).toMatchObject({ used: true, status: 'used' })
    await set(code, 'revoked_at = now()')
    expect((await status(code)).json()).toMatchObject({ used: true, status: 'revoked' })
  })

  test('is used when no uses are left, not before', async () => {
    const code = await issue({ max_uses: 2 })
    for (const [email, used] of [
      ['a@example.com', false],
      ['b@example.com', true],
    ]) {
      const payload = { code, email }
      await app.inject({ method: 'POST', url: '/api/invites/redeem', payload })
      expect((await status(code)).json().used).toBe(used)
    }
  })

  test('of an unknown code is 404 and does not repeat it', async () => {
    const reply = await status('VOBEE-SECRET')
    expect(reply.statusCode).toBe(404)
    expect(reply.json().code).toBe('invalid_code')
    expect(reply.body).not.toContain('SECRET')
  })

  test('is read with GET', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/invites/CODE/status' })
    expect(reply.statusCode).toBe(405)
    expect(reply.headers.allow).toContain('GET')
  })
})
