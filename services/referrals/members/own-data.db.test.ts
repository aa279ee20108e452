// What a member can do without a key: everything for themselves, nothing for others.
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, joiner, publisher } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(async () => {
  await db.empty()
  await publish('waitlist.joined', { entries: [joiner('ada'), joiner('eve', { by: 'ada' })] })
})

const ada = asMember('Ada+me@example.com')
const post = (path: string, payload: object, headers = ada) =>
  app.inject({ method: 'POST', url: `/api/referrals/${path}`, headers, payload })
const quality = (email: string, headers = ada) =>
  app.inject({ url: `/api/referrals/${email}/quality`, headers })
const countRows = async () => {
  const { rows } = await db.owner.query(
    `select (select count(*)::int from referrals.members) as members,
            (select count(*)::int from referrals.referrals) as referrals`,
  )
  return rows[0]
}

test('a member earns, shares and reads their quality, by any spelling of the address', async () => {
  expect((await quality(emailOf('ada'))).json()).toMatchObject({ referred_count: 1 })
  expect((await post('earn', { user_email: 'ADA@example.com' })).json()).toMatchObject({
    earned: true,
    codes_available: 1,
  })
  const shared = { inviter_email: emailOf('ada'), recipient_email: emailOf('bob') }
  expect((await post('share', shared)).statusCode).toBe(201)
})

test('a member cannot read or act for another person, known or not', async () => {
  const before = await countRows()
  for (const name of ['eve', 'stranger']) {
    const replies = await Promise.all([
      quality(emailOf(name)),
      post('earn', { user_email: emailOf(name) }),
      post('share', { inviter_email: emailOf(name), recipient_email: emailOf('ada') }),
    ])
    for (const reply of replies) {
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'not_yours'])
      expect(reply.body).not.toContain(name)
    }
  }
  expect(await countRows()).toEqual(before)
})

test('a member cannot override the gate', async () => {
  const payload = { user_email: emailOf('ada'), override_gate: true, reason: 'please' }
  const reply = await post('earn', payload)
  expect([reply.statusCode, reply.json().code]).toEqual([403, 'insufficient_scope'])
})
