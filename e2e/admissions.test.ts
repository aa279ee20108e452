// Every route of the system and its authorization. Visitors may call only the routes in this list.
import * as gateway from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { identifyBy } from '@vobee/shared/auth/callers'
import { type Scope, scopes } from '@vobee/shared/auth/scopes'
import { readSettings } from '@vobee/shared/ops/settings'
import { asBearer, memberClaims, signToken } from '@vobee/testing/members'
import * as waitlist from '@vobee/waitlist'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const forVisitors = [
  'POST /api/waitlist/join',
  'GET /api/waitlist/stats',
  'POST /api/waitlist/link',
  'POST /api/waitlist/sign-in',
  'POST /api/waitlist/confirm',
  'GET /api/waitlist/unsubscribe',
  'POST /api/waitlist/unsubscribe',
  'POST /api/invites/redeem',
  'POST /api/invites/validate',
  'GET /api/invites/:code/status',
  'POST /api/referrals/conversions/webhook',
  'GET /api/referrals/leaderboard',
  'GET /api/quality/trust-score',
  'GET /r/:code',
  'GET /status',
  ...['waitlist', 'invites', 'referrals', 'quality'].map((name) => `GET /api/${name}/health`),
]
const ofEveryProcess = ['GET /health', 'GET /ready']

const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  ADMIN_API_KEY: 'the-admin-key-of-this-test-of-32-or-more',
  PERSON_KEY_SECRET: 'the-person-key-secret-of-this-test',
  MEMBER_TOKEN_SECRET: 'the-member-token-secret-of-this-test',
  LOG_LEVEL: 'silent',
}
// One key for each scope, whose secret is the scope itself.
const identify = identifyBy(
  scopes.map((scope) => ({ name: scope, secret: scope, scopes: [scope] })),
)

const member = asBearer(signToken(memberClaims('ada@example.com'), env.MEMBER_TOKEN_SECRET))

let apps: FastifyInstance[]

beforeAll(async () => {
  apps = [
    waitlist.buildApp(readSettings(waitlist.Settings, env), identify),
    invites.buildApp(readSettings(invites.Settings, env), identify),
    referrals.buildApp(readSettings(referrals.Settings, env), identify),
    qualityGates.buildApp(readSettings(qualityGates.Settings, env), identify),
    gateway.buildApp(readSettings(gateway.Settings, env)),
  ]
  await Promise.all(apps.map((app) => app.ready()))
})
afterAll(() => Promise.all(apps.map((app) => app.close())))

const routes = () => apps.flatMap((app) => app.guards.map((guard) => ({ app, guard })))
const nameOf = ({ method, url }: { method: string; url: string }) => `${method} ${url}`
const pathOf = (url: string) => url.replace(/:\w+/g, '00000000-0000-4000-8000-000000000000')

test('visitors can call the public routes and no others', () => {
  const open = routes().filter(({ guard }) => guard.auth.kind === 'visitor')
  const names = new Set(open.map(({ guard }) => nameOf(guard)))
  expect([...names].sort()).toEqual([...forVisitors, ...ofEveryProcess].sort())
})

// The first consumes nothing, the next two are limited per person, and the others can be repeated.
const repeatable = [
  'POST /api/invites/validate',
  'POST /api/waitlist/link',
  'POST /api/waitlist/confirm-again',
  'POST /api/waitlist/unsubscribe',
  'POST /api/waitlist/subscribe',
  'POST /api/quality/evaluate-gate',
  // Once for each event, by its id.
  'POST /api/referrals/conversions/webhook',
]

test('every POST that creates or consumes something accepts Idempotency-Key', () => {
  const posts = routes().filter(({ guard }) => guard.method === 'POST')
  const withoutKey = posts.filter(({ guard }) => !guard.idempotent)
  expect(withoutKey.map(({ guard }) => nameOf(guard)).sort()).toEqual([...repeatable].sort())
})

describe('every other route', () => {
  const closed = () => routes().filter(({ guard }) => guard.auth.kind !== 'visitor')

  test('rejects a request without credentials', async () => {
    expect(closed().length).toBeGreaterThan(10)
    for (const { app, guard } of closed()) {
      const reply = await app.inject({ method: guard.method, url: pathOf(guard.url) })
      expect([nameOf(guard), reply.statusCode]).toEqual([nameOf(guard), 401])
    }
  })

  test('rejects a key that has every scope but its own, in the service itself', async () => {
    for (const { app, guard } of closed().filter(({ app }) => app !== apps.at(-1))) {
      const { scope: own } = guard.auth as { scope: Scope | null }
      for (const scope of scopes.filter((other) => other !== own && other !== 'admin')) {
        const headers = { authorization: `Bearer ${scope}` }
        const reply = await app.inject({ method: guard.method, url: pathOf(guard.url), headers })
        expect([nameOf(guard), scope, reply.statusCode]).toEqual([nameOf(guard), scope, 403])
      }
    }
  })

  test('for keys rejects members, and for members rejects keys', async () => {
    for (const { app, guard } of closed().filter(({ app }) => app !== apps.at(-1))) {
      const { kind, scope } = guard.auth as { kind: string; scope: Scope | null }
      if (kind === 'member' && scope) continue
      const headers = kind === 'key' ? member : { authorization: 'Bearer admin' }
      const reply = await app.inject({ method: guard.method, url: pathOf(guard.url), headers })
      const actual = [nameOf(guard), reply.statusCode, reply.json().code]
      expect(actual).toEqual([nameOf(guard), 403, 'insufficient_scope'])
    }
  })

  test('rejects a token with an invalid signature', async () => {
    const headers = asBearer(signToken(memberClaims('ada@example.com'), 'another secret'))
    for (const { app, guard } of routes().filter(({ app }) => app !== apps.at(-1))) {
      const reply = await app.inject({ method: guard.method, url: pathOf(guard.url), headers })
      const actual = [nameOf(guard), reply.statusCode, reply.json().code]
      expect(actual).toEqual([nameOf(guard), 401, 'token_invalid'])
    }
  })
})
