// Codes that members generate, and what happens when the waitlist gives out the same one.
import { transaction } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { asHostUser, asMember, hostSettings } from '@vobee/testing/members'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import {
  codeOf,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publisher,
  referralsOf,
} from '../testing/people.ts'
import { insertCode } from './generated-codes.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)
const join = (...entries: ReturnType<typeof joiner>[]) => publish('waitlist.joined', { entries })

beforeAll(() => {
  const settings = { ...hostSettings, REFERRAL_CODE_LENGTH: '6' }
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, settings))
})
afterAll(() => app.close())
beforeEach(db.empty)

const ada = asHostUser('7', emailOf('ada'))
const generate = (payload?: object, headers: Record<string, string> = ada) =>
  app.inject({
    method: 'POST',
    url: '/api/referral/generate-code',
    headers,
    ...(payload ? { payload } : {}),
  })

const codes = async () => {
  const { rows } = await db.owner.query(
    `select code, person, is_active, is_generated from referrals.referral_codes as code
     join referrals.members as member on member.id = user_id order by code.created_at, code`,
  )
  return rows
}
const published = async () => {
  const { rows } = await db.owner.query(
    `select payload from waitlist.inbox where event = 'referrals.code_generated' order by id`,
  )
  return rows.flatMap(({ payload }) => payload.codes)
}
const expireCodes = () =>
  db.owner.query(`update referrals.referral_codes set expires_at = now() - interval '1 second'`)
const days = (expiresAt: string) => (Date.parse(expiresAt) - Date.now()) / 86_400_000

describe('a host user who is not on the waitlist', () => {
  test('gets a code for a year, and it is published', async () => {
    const reply = await generate()
    const { code, userId, expiresAt, ...more } = reply.json()
    expect([reply.statusCode, more]).toEqual([201, {}])
    expect(code).toMatch(/^[2-9A-HJKMNP-Z]{6}$/)
    expect(days(expiresAt)).toBeCloseTo(365, 1)
    const { rows } = await db.owner.query('select id, host_user_id from referrals.members')
    expect(rows).toEqual([{ id: userId, host_user_id: '7' }])
    expect(await published()).toEqual([
      { person: personOf(emailOf('ada')), code, at: expect.any(String) },
    ])
  })

  test('chooses for how many days the code is valid', async () => {
    expect(days((await generate({ expiresInDays: 3 })).json().expiresAt)).toBeCloseTo(3, 1)
  })

  test.each([
    [{ expiresInDays: 0 }],
    [{ expiresInDays: 1.5 }],
    [{ expiresInDays: 36_501 }],
    [{ expires: 1 }],
  ])('gets 400 for %o', async (payload) => {
    expect((await generate(payload)).statusCode).toBe(400)
    expect(await codes()).toEqual([])
  })

  test('gets one code from 64 calls at once', async () => {
    const replies = await Promise.all(Array.from({ length: 64 }, () => generate()))
    const made = replies.filter(({ statusCode }) => statusCode === 201)
    const others = replies.filter(({ statusCode }) => statusCode === 409)
    expect([made.length, others.length]).toEqual([1, 63])
    const { code } = made[0]?.json() ?? {}
    for (const reply of others)
      expect(reply.json()).toMatchObject({ code: 'referral_code_exists', referral_code: code })
    expect(await published()).toHaveLength(1)
  })

  test('gets the same reply again with an Idempotency-Key, and the record has no code', async () => {
    const keyed = { ...ada, 'idempotency-key': 'once' }
    const [first, again] = [await generate(undefined, keyed), await generate(undefined, keyed)]
    expect(again.json()).toEqual(first.json())
    const { rows } = await db.owner.query(
      'select record::text from referrals.idempotency as record',
    )
    expect(rows).toHaveLength(1)
    expect(rows[0].record).not.toContain(first.json().code)
  })

  test('gets a new code after the old one has expired', async () => {
    const old = (await generate()).json().code
    await expireCodes()
    const next = (await generate()).json().code
    expect(next).not.toBe(old)
    await join(joiner('bob', { referred_by: old }), joiner('carol', { referred_by: next }))
    expect(await referralsOf(db, ['ada', 'bob', 'carol'])).toEqual([
      'ada → bob code void code_expired pending',
      'ada → carol code counted pending',
    ])
  })

  test('keeps the code when they join the waitlist: both codes are theirs', async () => {
    const { code } = (await generate()).json()
    await join(joiner('ada'))
    await join(joiner('bob', { referred_by: code.toLowerCase() }), joiner('carol', { by: 'ada' }))
    expect(await referralsOf(db, ['ada', 'bob', 'carol'])).toEqual([
      'ada → bob code counted pending',
      'ada → carol code counted pending',
    ])
  })
})

test('a person on the waitlist gets 409 with their code', async () => {
  await join(joiner('ada'))
  for (const headers of [ada, asMember(emailOf('ada'))]) {
    const reply = await generate(undefined, headers)
    expect(reply.statusCode).toBe(409)
    expect(reply.json()).toMatchObject({
      code: 'referral_code_exists',
      referral_code: codeOf('ada'),
      expires_at: expect.any(String),
    })
  }
  expect(await published()).toEqual([])
})

describe('a code that the waitlist gives to an entry of somebody else', () => {
  const adaIs = { person: personOf(emailOf('ada')), is_generated: true, is_active: true }

  test('becomes that of the entry; its first owner gets a new one, and keeps their referrals', async () => {
    const { code } = (await generate()).json()
    await join(joiner('bob', { referred_by: code }))
    const carol = joiner('carol', { referral_code: code, at: inSeconds(-60) })
    await join(carol)
    await join(carol)
    await join(joiner('dave', { referred_by: code }))
    const events = await published()
    expect(events).toHaveLength(2)
    const next = events[1]?.code
    expect(Date.parse(events[1].at)).toBeGreaterThan(Date.parse(events[0].at))
    expect(await codes()).toEqual(
      expect.arrayContaining([
        { code: next, ...adaIs },
        { code, person: carol.person, is_generated: false, is_active: true },
      ]),
    )
    expect(await referralsOf(db, ['ada', 'bob', 'carol', 'dave'])).toEqual([
      'ada → bob code counted pending',
      'carol → dave code counted pending',
    ])
  })

  test('is replaced silently if it has expired', async () => {
    const { code } = (await generate()).json()
    await expireCodes()
    await join(joiner('carol', { referral_code: code }))
    expect(await published()).toHaveLength(1)
    const owners = (await codes()).filter((row) => row.code === code)
    expect(owners).toMatchObject([{ person: personOf(emailOf('carol')) }])
  })

  test('is not generated if the entry comes first', async () => {
    await join(joiner('carol', { referral_code: 'ABCDEF' }))
    await generate()
    const { rows } = await db.owner.query(
      'select id from referrals.members where host_user_id = $1',
      ['7'],
    )
    const again = transaction(app.database, (connection) =>
      insertCode(connection, rows[0].id, { code: 'ABCDEF', days: 1 }),
    )
    expect(await again).toBe(null)
    expect((await codes()).map(({ code }) => code)).toContain('ABCDEF')
    expect(await published()).toHaveLength(1)
  })
})
