import { randomUUID } from 'node:crypto'
import { identifyBy } from '@vobee/shared/auth/callers'
import type { Scope } from '@vobee/shared/auth/scopes'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const db = useDatabase()
const personKey = personKeys(PERSON_KEY_SECRET)
const names = [
  'entry_counts',
  'confirmed_counts',
  'line_scores',
  'line_blocks',
  'positions',
  'credits',
  'scores',
  'scoring_versions',
]
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
})
afterAll(() => app.close())

const join = (n: number) =>
  app.inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: {
      email: `person${n}@example.com`,
      use_case: n % 3 ? 'to see' : 'marketing',
      persona: n % 2 ? 'agency' : 'other',
    },
  })

type Result = { name: string; ok: boolean; expected: number; found: number; wrong: number }

const audit = async () => {
  const reply = await app.inject({ url: '/api/waitlist/status?audit=1', headers: asAdmin })
  expect(reply.statusCode).toBe(200)
  const { status, audit } = reply.json() as { status: string; audit: Result[] }
  return { status, audit, off: audit.filter(({ ok }) => !ok).map(({ name }) => name) }
}

const credit = async (n: number) => {
  const at = new Date().toISOString()
  const referral = { referral_id: randomUUID(), referrer: personKey(`person${n}@example.com`) }
  const payload = { referrals: [{ ...referral, person: 'friend', at }] }
  await db.owner.query('select waitlist.publish($1, $2)', ['referrals.credited', payload])
  while ((await app.inbox.processBatch()) !== 0);
}

beforeEach(async () => {
  await db.empty()
  await Promise.all(Array.from({ length: 60 }, (_, n) => join(n)))
  await credit(7)
  await credit(1000)
  await db.owner.query(
    `update waitlist.entries set confirmed_at = now() where arrival % 3 = 0;
     update waitlist.entries set status = 'invited' where arrival % 5 = 0;
     update waitlist.entries set confirmed_at = null where arrival % 4 = 0;
     update waitlist.entries set score = score + 3, adjusted = 3 where arrival % 7 = 0;
     delete from waitlist.entries where arrival % 11 = 0 and credits = 0`,
  )
})

describe('the consistency check', () => {
  test('passes after every change that the service makes', async () => {
    const { status, audit: results, off } = await audit()
    expect(results.map(({ name }) => name)).toEqual(names)
    expect(off).toEqual([])
    expect(status).toBe('healthy')
    const waiting = await db.owner.query(
      `select count(*)::int as n from waitlist.entries where status = 'waiting'`,
    )
    const positions = results.find(({ name }) => name === 'positions')
    expect(positions).toMatchObject({ expected: waiting.rows[0].n, found: waiting.rows[0].n })
    expect(waiting.rows[0].n).toBeGreaterThan(30)
  })

  test('passes on an empty list', async () => {
    await db.empty()
    expect((await audit()).off).toEqual([])
  })

  test.each([
    [
      `update waitlist.entry_counts set entries = entries + 1 where status = 'invited'`,
      ['entry_counts'],
    ],
    [
      `update waitlist.entry_counts set confirmed = confirmed - 1 where status = 'waiting'`,
      ['confirmed_counts'],
    ],
    ['update waitlist.line_scores set waiting = waiting - 1', ['line_scores', 'positions']],
    [
      'update waitlist.line_blocks set block = block + 1 where score = 20',
      ['line_blocks', 'positions'],
    ],
    [
      'insert into waitlist.line_blocks (score, block, waiting) values (1, 0, 1)',
      ['line_blocks', 'positions'],
    ],
    ['update waitlist.entries set credits = credits + 1, score = score + 5', ['credits']],
    ['delete from waitlist.credits where applied_at is not null', ['credits']],
    ['update waitlist.credits set applied_at = null', ['credits']],
    ['update waitlist.entries set score = score + 1 where adjusted = 3', ['scores']],
    ['update waitlist.entries set answers_score = answers_score + 1', ['scores']],
  ])('finds what %s did', async (harm, found) => {
    await db.owner.query(harm)
    const { status, off } = await audit()
    expect(off).toEqual(found)
    expect(status).toBe('degraded')
  })

  test('finds an entry that an applied scoring missed', async () => {
    await db.owner.query(
      `insert into waitlist.scoring (document, by, reason, applied_at)
       select '{"referrals": {"points": 5, "points_max": 50}}', 'test', 'why', now()`,
    )
    expect((await audit()).off).toEqual(['scoring_versions'])
  })
})

describe('a request for the consistency check', () => {
  test('needs ops:read', async () => {
    const key = { name: 'reader', secret: 'a-key-of-more-than-32-characters-here' }
    const scopes: Scope[] = ['waitlist:read']
    const settings = testSettings(WaitlistSettings, db.urls.waitlist)
    const other = buildApp(settings, identifyBy([{ ...key, scopes }]))
    const url = '/api/waitlist/status?audit=1'
    expect((await other.inject(url)).statusCode).toBe(401)
    const headers = { authorization: `Bearer ${key.secret}` }
    expect((await other.inject({ url, headers })).statusCode).toBe(403)
    await other.close()
  })

  test('gets 409 while another replica runs the check', async () => {
    const holder = await db.owner.connect()
    await holder.query(
      `begin; select pg_advisory_xact_lock(hashtextextended('waitlist: audit', 0))`,
    )
    const reply = await app.inject({ url: '/api/waitlist/status?audit=1', headers: asAdmin })
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'audit_running'])
    expect(reply.headers['retry-after']).toBe('10')
    await holder.query('rollback')
    holder.release()
    expect((await audit()).off).toEqual([])
  })

  test('gets the plain report without audit=1, and 400 for anything else', async () => {
    const plain = await app.inject({ url: '/api/waitlist/status', headers: asAdmin })
    expect(Object.keys(plain.json())).toEqual(['status', 'service', 'inbox', 'mail'])
    const wrong = await app.inject({ url: '/api/waitlist/status?audit=yes', headers: asAdmin })
    expect([wrong.statusCode, wrong.json().errors[0].path]).toEqual([400, 'query.audit'])
  })
})

test('a consistency check under load reads one snapshot and finds no error', async () => {
  let busy = true
  const load = async (from: number) => {
    for (let n = from; busy; n++) await join(n)
  }
  const loads = [1_000, 20_000, 40_000].map(load)
  for (let i = 0; i < 10; i++) expect((await audit()).off).toEqual([])
  busy = false
  await Promise.all(loads)
})
