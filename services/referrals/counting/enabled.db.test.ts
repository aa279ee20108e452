// ENABLE_REFERRAL_SYSTEM=false, and enabling referrals again.
import { useDatabase } from '@vobee/testing/database'
import { asHostUser, asMember, hostSettings } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { referralsDisabled } from '../errors.ts'
import {
  emailOf,
  joiner,
  personOf,
  publishedTo,
  publisher,
  referralsOf,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)
const build = (enabled: string) =>
  buildApp(
    testSettings(ReferralsSettings, db.urls.referrals, {
      ...hostSettings,
      ENABLE_REFERRAL_SYSTEM: enabled,
      PORT: '0',
    }),
  )

beforeAll(async () => {
  app = build('false')
  await app.ready()
})
afterAll(() => app.close())

const ada = asMember(emailOf('ada'))
const urlOf = (url: string) => url.replace(':email', emailOf('ada')).replace(/:\w+/g, 'x')

test('while referrals are disabled, all routes but those of personal data and operators get 403', async () => {
  const open: string[] = []
  for (const { method, url, auth } of app.guards) {
    const headers = auth.kind === 'member' && !auth.scope ? ada : asAdmin
    const reply = await app.inject({ method, url: urlOf(url), headers })
    if (reply.body.includes('referrals_disabled')) expect(reply.statusCode).toBe(403)
    else open.push(`${method} ${url}`)
  }
  expect(open.filter((route) => route.includes('/api/referrals/')).sort()).toEqual([
    'DELETE /api/referrals/me',
    'GET /api/referrals/audit',
    'GET /api/referrals/health',
    'GET /api/referrals/me/export',
    'GET /api/referrals/status',
    'POST /api/referrals/conversions/webhook',
  ])
  const documented = app.guards.filter(({ errors }) => errors?.includes(referralsDisabled))
  expect(documented.length).toBe(app.guards.length - open.length)
  const reply = await app.inject({ method: 'POST', url: '/api/referral/track', headers: ada })
  expect(reply.json().detail).toContain('ENABLE_REFERRAL_SYSTEM=true')
  const visitor = await app.inject({ method: 'POST', url: '/api/referrals/track' })
  expect(visitor.statusCode).toBe(401)
  expect((await app.inject({ url: '/health' })).statusCode).toBe(200)
})

test('nobody is credited meanwhile, and enabling them again loses nothing', async () => {
  await publish('waitlist.joined', { entries: [joiner('alice')] })
  const friends = Array.from({ length: 230 }, (_, n) => joiner(`friend${n}`, { by: 'alice' }))
  const late = joiner('late', { by: 'alice', confirmed: false })
  await publish('waitlist.joined', { entries: [...friends, late] })
  expect(await publishedTo(db, 'waitlist', 'referrals.credited')).toEqual([])
  expect(await referralsOf(db, ['friend0'])).toEqual([expect.stringContaining('joined pending')])

  const enabled = build('true')
  await enabled.listen({ port: 0, host: '127.0.0.1' })
  const credited = () => publishedTo(db, 'waitlist', 'referrals.credited')
  await expect.poll(async () => (await credited()).length, { timeout: 10_000 }).toBe(230)
  const people = new Set((await credited()).map(({ person }) => person))
  expect(people).toEqual(new Set(friends.map(({ person }) => person)))
  expect(people).not.toContain(personOf(emailOf('late')))
  const headers = asHostUser('7', emailOf('bob'))
  const reply = await enabled.inject({
    method: 'POST',
    url: '/api/referral/generate-code',
    headers,
  })
  expect(reply.statusCode).toBe(201)
  await enabled.close()
})
