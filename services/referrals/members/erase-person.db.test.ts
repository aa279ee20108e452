// Erased people and members who left: no row names an erased person, and counted referrals still
// count.
import { useDatabase } from '@vobee/testing/database'
import { findRows } from '@vobee/testing/find-rows'
import { asMember } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
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
  publishedTo,
  use,
} from '../testing/people.ts'

const db = useDatabase()
const person = personOf(emailOf('ada'))
const pseudonym = 'erased-0123'
const masked = 'masked-ada'
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const processAll = async () => {
  while ((await app.inbox.processBatch()) !== 0);
}
const enqueue = (event: string, payload: object) =>
  db.owner.query('select referrals.publish($1, $2)', [event, payload])
const publish = (event: string, payload: object) => enqueue(event, payload).then(processAll)
const joined = (...entries: ReturnType<typeof joiner>[]) => publish('waitlist.joined', { entries })
const erased = () => enqueue('person.erased', { person, pseudonym, at: inSeconds(0) })
const later = async () => {
  await db.owner.query('update referrals.inbox set try_at = now()')
  await processAll()
}

const tablesWith = async (word: string) => {
  const rows = await findRows(db.owner, ['referrals'], word)
  return [...new Set(rows.map((row) => row.split(':')[0]))]
}

const tree = async () => {
  const { rows } = await db.owner.query(
    `select case referrer.person when $1 then 'ada' when $2 then 'nobody' else 'other' end as by,
            state, count(*)::int
     from referrals.referrals as referral
     join referrals.members as referrer on referrer.id = referrer_user_id
     group by 1, 2 order by 1, 2`,
    [person, pseudonym],
  )
  return rows
}

const post = (path: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/referrals/${path}`, headers: asAdmin, payload })

const check = async () => {
  const reply = await app.inject({ url: '/api/referrals/status?audit=1', headers: asAdmin })
  return reply.json().audit.filter(({ ok }: { ok: boolean }) => !ok)
}

/** Ada joins with Bob's code, refers three, claims one, is claimed, earns codes, redeems and pays. */
const fillEverything = async () => {
  const ada = joiner('ada', { by: 'bob', masked })
  await joined(joiner('bob'))
  await joined(ada)
  await joined(...['c', 'd', 'e'].map((name) => joiner(name, { by: 'ada' })))
  await post('share', { inviter_email: emailOf('ada'), recipient_email: emailOf('f') })
  await post('share', { inviter_email: emailOf('c'), recipient_email: emailOf('ada') })
  await post('earn', { user_email: emailOf('ada') })
  await publish('invites.used', { uses: [use('ada')] })
  await post('convert', { referredUserId: ada.id })
}

const shape = [
  { by: 'nobody', state: 'claimed', count: 1 },
  { by: 'nobody', state: 'counted', count: 3 },
  { by: 'other', state: 'claimed', count: 1 },
  { by: 'other', state: 'counted', count: 1 },
]

describe('an erased person', () => {
  test('is named in no row, and the referrals keep their shape', async () => {
    await fillEverything()
    await erased()
    await processAll()
    await later()
    expect([...(await tablesWith(person)), ...(await tablesWith(masked))]).toEqual([])
    expect(await tree()).toEqual(shape)
    expect(await check()).toEqual([])
    for (const service of ['waitlist', 'invites']) {
      const { rows } = await db.owner.query(
        `select payload from ${service}.inbox where event = 'person.forgotten' order by id`,
      )
      expect(rows[0].payload).toEqual({ person, pseudonym, at: expect.any(String) })
    }
  })

  test('is redacted in the reasons of admins, in any spelling of the address', async () => {
    const others = 'for jo.ada@example.com'
    await db.owner.query('update referrals.gate set open = false')
    await joined(joiner('bob'), ...['c', 'd', 'e'].map((name) => joiner(name, { by: 'bob' })))
    const reason = `ADA+x@example.com asked ${others}`
    const override = { override_gate: true, reason }
    await post('earn', { user_email: emailOf('bob'), ...override })
    await erased()
    await processAll()
    await db.owner.query('update referrals.gate set open = true')
    const { rows } = await db.owner.query(
      `select reward_value ->> 'override_reason' as reason from referrals.user_rewards
       union select reason from referrals.audit`,
    )
    expect(rows).toEqual([{ reason: `${pseudonym} asked ${others}` }])
  })

  test('joins again as a new person with a new code; the old code credits nobody', async () => {
    await fillEverything()
    await erased()
    await joined(joiner('ada', { referral_code: 'ANEW', at: inSeconds(5) }))
    await joined(
      joiner('g', { by: 'ada', at: inSeconds(9) }),
      joiner('h', { referred_by: 'ANEW', at: inSeconds(9) }),
    )
    await later()
    expect(await tree()).toEqual([
      { by: 'ada', state: 'counted', count: 1 },
      ...shape.slice(0, 2),
      { by: 'nobody', state: 'void', count: 1 },
      ...shape.slice(2),
    ])
    expect((await publishedTo(db, 'waitlist', 'referrals.credited')).at(-1)).toMatchObject({
      referrer: person,
      person: personOf(emailOf('h')),
    })
    const earned = await post('earn', { user_email: emailOf('ada') })
    expect(earned.json()).toMatchObject({ earned: true, codes_available: 1 })
  })

  test('is pseudonymized in waiting and dead-lettered events', async () => {
    await db.owner.query(
      `insert into referrals.inbox (event, payload, error, dead_lettered_at)
       values ('waitlist.joined', $1, $2, now())`,
      [{ of: person }, `not of ${person}`],
    )
    await enqueue('waitlist.joined', { entries: [joiner('bob')] })
    await enqueue('waitlist.joined', { entries: [joiner('ada', { by: 'bob' })] })
    await enqueue('waitlist.joined', { entries: [joiner('c', { by: 'ada' })] })
    await erased()
    await processAll()
    expect(await tablesWith(person)).toEqual(['referrals.inbox'])
    await later()
    expect(await tablesWith(person)).toEqual([])
    const credited = await publishedTo(db, 'waitlist', 'referrals.credited')
    expect(credited.map(({ referrer }) => referrer === pseudonym).sort()).toEqual([false, true])
  })

  test('keeps a later join when the erasure is delivered again', async () => {
    await fillEverything()
    await erased()
    await processAll()
    const joinedAgain = joiner('ada', { at: inSeconds(5), referral_code: 'ANEW' })
    await enqueue('waitlist.joined', { entries: [joinedAgain] })
    await erased()
    await processAll()
    await publish('invites.used', { uses: [use('ada')] })
    await later()
    await erased()
    await processAll()
    const { rows } = await db.owner.query(
      'select joined_at is not null as joined, redeemed_at is not null as redeemed from referrals.members where person = $1',
      [person],
    )
    expect(rows).toEqual([{ joined: true, redeemed: true }])
  })

  test('is erased from events that arrive late', async () => {
    await erased()
    await processAll()
    await publish('invites.used', { uses: [use('ada')] })
    expect(await tablesWith(person)).toContain('referrals.members')
    await later()
    expect(await tablesWith(person)).toEqual([])
  })

  test('is erased from late events at each delivery of the erasure', async () => {
    for (let n = 0; n < 3; n++) {
      await erased()
      await processAll()
      await publish('invites.used', { uses: [use('ada')] })
    }
    await later()
    expect(await tablesWith(person)).toEqual([])
  })

  test('is credited once, without a name, for each friend who joins meanwhile', async () => {
    const other = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
    await joined(joiner('ada'))
    const friends = Array.from({ length: 40 }, (_, n) => joiner(`friend${n}`, { by: 'ada' }))
    for (const friend of friends.slice(0, 20))
      await enqueue('waitlist.joined', { entries: [friend] })
    await erased()
    for (const friend of friends.slice(20)) await enqueue('waitlist.joined', { entries: [friend] })
    const earning = Array.from({ length: 4 }, () => post('earn', { user_email: emailOf('ada') }))
    await Promise.all([app.inbox.processBatch(), other.inbox.processBatch(), ...earning])
    await processAll()
    await later()
    await other.close()
    expect(await tablesWith(person)).toEqual([])
    expect(await check()).toEqual([])
    const referrals = await tree()
    expect(referrals.reduce((sum, { count }) => sum + count, 0)).toBe(40)
  })
})

describe('a person who left', () => {
  test('keeps counted referrals; their code ends, in either order of the events', async () => {
    const ada = joiner('ada', { by: 'bob' })
    const left = { entries: [{ id: ada.id, person, at: inSeconds(3) }] }
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      await db.empty()
      await joined(joiner('bob'))
      const events = [() => joined(ada), () => publish('waitlist.left', left)]
      for (const n of order) await events[n]?.()
      await publish('waitlist.left', left)
      await joined(joiner('c', { by: 'ada', at: inSeconds(9) }))
      await joined({ ...ada, referral_code: 'ANEW', referred_by: codeOf('c'), at: inSeconds(12) })
      await joined(joiner('d', { referred_by: 'ANEW', at: inSeconds(15) }))
      const { rows } = await db.owner.query(
        'select code, is_active from referrals.referral_codes where code = any ($1) order by code',
        [['ANEW', codeOf('ada')]],
      )
      expect(rows).toEqual([
        { code: 'ANEW', is_active: true },
        { code: codeOf('ada'), is_active: false },
      ])
      expect(await tree()).toEqual([
        { by: 'ada', state: 'counted', count: 1 },
        { by: 'ada', state: 'void', count: 1 },
        { by: 'other', state: 'counted', count: 1 },
      ])
      expect(await check()).toEqual([])
    }
  })
})

describe('a member', () => {
  const headers = asMember('ADA@Example.com')
  const mine = () => app.inject({ url: '/api/referrals/me/export', headers })

  test('exports everything stored of them, and no friend', async () => {
    expect((await mine()).json()).toMatchObject({ member: null, codes: [], referrals: [] })
    await fillEverything()
    const reply = await mine()
    expect(reply.statusCode).toBe(200)
    const data = reply.json()
    expect(data.member).toMatchObject({
      masked_email: masked,
      confirmed: true,
      brought_code: codeOf('bob'),
      left_at: null,
    })
    expect(data.codes).toMatchObject([{ code: codeOf('ada'), is_active: true }])
    expect(data.referrals.map(({ state }: { state: string }) => state).sort()).toEqual([
      'claimed',
      ...['counted', 'counted', 'counted'],
    ])
    expect(data.referred.map(({ state }: { state: string }) => state).sort()).toEqual([
      'claimed',
      'counted',
    ])
    expect(data.rewards).toHaveLength(2)
    expect(data.rewards[0]).toMatchObject({ type: 'invite_codes', codes_used: 0 })
    for (const friend of ['bob', 'c', 'd', 'e', 'f']) {
      expect(reply.body).not.toContain(personOf(emailOf(friend)))
    }
  })

  test('can erase themselves', async () => {
    await fillEverything()
    await db.owner.query(
      `insert into referrals.audit (actor, key_id, act, subject, reason, address, request_id)
       values ('env', 'env', 'referrals.earned', 'x', $1, '192.0.2.1', 'r')`,
      [`for ${emailOf('ada')}`],
    )
    const tagged = asMember('Ada+news@Example.com')
    const reply = await app.inject({ method: 'DELETE', url: '/api/referrals/me', headers: tagged })
    expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success' }])
    expect([...(await tablesWith(person)), ...(await tablesWith(emailOf('ada')))]).toEqual([])
    expect((await tree()).filter(({ by }) => by === 'ada')).toEqual([])
    expect(await check()).toEqual([])
  })
})
