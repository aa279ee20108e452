// Reviews: what approving, voiding, blocking and unblocking do, and what a dry run says about it.
import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import {
  consumerDeps,
  emailOf,
  joiner,
  personOf,
  publishedTo,
  publisher,
} from '../testing/people.ts'
import { continueReviews } from './run-review.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const names = (leader: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${leader}${n}`)

/** A leader joins, and others with their code. */
const lead = async (leader: string, count: number, confirmed = true) => {
  await publish('waitlist.joined', { entries: [joiner(leader)] })
  const entries = names(leader, count).map((name) => joiner(name, { by: leader, confirmed }))
  await publish('waitlist.joined', { entries })
}

const idsOf = async (leader: string, condition = 'true'): Promise<string[]> => {
  const { rows } = await db.owner.query(
    `select referral.id from referrals.referrals as referral
     join referrals.members as referrer on referrer.id = referrer_user_id
     where person = $1 and ${condition} order by referral.created_at, referral.id`,
    [personOf(emailOf(leader))],
  )
  return rows.map(({ id }) => id)
}

const memberOf = async (name: string): Promise<string> => {
  const { rows } = await db.owner.query('select id from referrals.members where person = $1', [
    personOf(emailOf(name)),
  ])
  return rows[0].id
}

/** Holds the first referrals, as a fraud score does: the next event derives their states. */
const hold = async (leader: string, count: number) => {
  const people = names(leader, count)
  const { rows } = await db.owner.query(
    `update referrals.referrals as referral set fraud_score = 80
     from referrals.members as referred
     where referred.id = referred_user_id and person = any ($1) returning referral.id`,
    [people.map((name) => personOf(emailOf(name)))],
  )
  await publish('waitlist.joined', { entries: people.map((name) => joiner(name, { by: leader })) })
  return rows.map(({ id }) => id as string)
}

const review = (payload: object, headers: Record<string, string> = asAdmin) =>
  app.inject({ method: 'POST', url: '/api/referrals/review', headers, payload })

const reviewed = async (payload: object) => {
  const reply = await review({ reason: 'a test', ...payload })
  expect([reply.statusCode, reply.json().detail]).toEqual([200, undefined])
  return reply.json()
}

const states = async (leader: string) => {
  const { rows } = await db.owner.query(
    `select concat_ws(' ', state, reason, decision) as state, count(*)::int as n
     from referrals.referrals as referral
     join referrals.members as referrer on referrer.id = referrer_user_id
     where person = $1 group by 1 order by 1`,
    [personOf(emailOf(leader))],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

const auditRows = async () => {
  const { rows } = await db.owner.query(
    'select act, subject, reason, actor from referrals.audit order by act, id',
  )
  return rows
}

const counts = (before: number, after: number) => ({ before, after })

describe('a held referral', () => {
  test('counts when a reviewer approves it, and never again asks for a decision', async () => {
    await lead('ada', 3)
    const ids = await hold('ada', 2)
    const reply = await reviewed({ action: 'approve', referral_ids: ids.slice(0, 1) })
    expect(reply).toMatchObject({ matched: 1, changed: 1, pending: 0, more_referrers: 0 })
    expect(reply.referrers).toMatchObject([
      { email: null, counted: counts(1, 2), referrals: counts(3, 3), codes: { used: 0 } },
    ])
    expect(await states('ada')).toEqual({ counted: 1, 'counted approved': 1, held: 1 })
    await db.owner.query('update referrals.referrals set fraud_score = 100')
    await publish('waitlist.joined', { entries: [joiner('ada0', { by: 'ada' })] })
    expect(await states('ada')).toMatchObject({ 'counted approved': 1 })
    expect(await auditRows()).toEqual([
      { act: 'referrals.approved', subject: ids[0], reason: 'a test', actor: 'env' },
    ])
  })

  test('is void when a reviewer voids it, and its points are taken back', async () => {
    await lead('ada', 3)
    const [id] = await idsOf('ada')
    await reviewed({ action: 'void', referral_ids: [id] })
    expect(await states('ada')).toEqual({ counted: 2, 'void fraud voided': 1 })
    expect(await publishedTo(db, 'waitlist', 'referrals.voided')).toMatchObject([
      { referral_id: id, revision: 2, referrer: personOf(emailOf('ada')) },
    ])
  })

  test('of a referrer is decided with all the others', async () => {
    await lead('ada', 5)
    await lead('bob', 2)
    await hold('ada', 3)
    await hold('bob', 1)
    const referrer = await memberOf('ada')
    const reply = await reviewed({ action: 'void', referrer })
    expect(reply).toMatchObject({ matched: 3, changed: 3, pending: 0 })
    expect(await states('ada')).toEqual({ counted: 2, 'void fraud voided': 3 })
    expect(await states('bob')).toEqual({ counted: 1, held: 1 })
    expect(await auditRows()).toMatchObject([{ act: 'referrals.voided', subject: referrer }])
  })
})

describe('a decision', () => {
  test('names the referrals that it does not change', async () => {
    await lead('ada', 4)
    const held = await hold('ada', 3)
    const [counted] = await idsOf('ada', "state = 'counted'")
    await reviewed({ action: 'void', referral_ids: held.slice(0, 1) })
    const unknown = randomUUID()
    const reply = await reviewed({
      action: 'approve',
      referral_ids: [held[0], held[1], counted, unknown, held[1]],
    })
    expect(reply).toMatchObject({
      matched: 1,
      changed: 1,
      unknown: [unknown],
      already_decided: [held[0]],
      not_held: [counted],
    })
    expect(await states('ada')).toEqual({
      counted: 1,
      'counted approved': 1,
      held: 1,
      'void fraud voided': 1,
    })
  })

  test('can be changed by a reviewer who says so', async () => {
    await lead('ada', 1)
    const referral_ids = await hold('ada', 1)
    await reviewed({ action: 'void', referral_ids })
    expect((await reviewed({ action: 'approve', referral_ids })).already_decided).toEqual(
      referral_ids,
    )
    const change = { action: 'approve', referral_ids, change_decision: true }
    expect(await reviewed(change)).toMatchObject({ changed: 1, already_decided: [] })
    expect(await states('ada')).toEqual({ 'counted approved': 1 })
  })

  test('of two reviewers at once is made once', async () => {
    await lead('ada', 1)
    const referral_ids = await hold('ada', 1)
    const replies = await Promise.all(
      ['approve', 'void', 'approve', 'void'].map((action) => reviewed({ action, referral_ids })),
    )
    expect(replies.reduce((sum, { changed }) => sum + changed, 0)).toBe(1)
    expect(await auditRows()).toHaveLength(1)
  })

  test('with an Idempotency-Key is made once, and the repeated call gets its report', async () => {
    await lead('ada', 2)
    const referral_ids = await hold('ada', 1)
    const headers = { ...asAdmin, 'idempotency-key': 'once' }
    const body = { action: 'void', referral_ids, reason: 'a test' }
    const first = await review(body, headers)
    const second = await review(body, headers)
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(second.json()).toEqual(first.json())
    expect(await auditRows()).toHaveLength(1)
  })
})

describe('a blocked member', () => {
  test('has no referral, point, code or place on the leaderboard, and earns nothing', async () => {
    await lead('ada', 3)
    await lead('bob', 1)
    const referrer = await memberOf('ada')
    for (const [version, points] of [
      [2, 7],
      [1, 9],
    ] as const)
      await publish('waitlist.scoring_changed', { version, points, points_max: 12 })
    const dry = await reviewed({ action: 'block', referrer, dry_run: true })
    expect(dry).toMatchObject({ review_id: null, matched: 3, changed: 3 })
    expect(dry.referrers).toMatchObject([
      {
        member_id: referrer,
        is_blocked: true,
        rank: { before: 1, after: null },
        referrals: counts(3, 0),
        counted: counts(3, 0),
        points: counts(12, 0),
        codes: { before: 3, after: 0, used: 0 },
      },
    ])
    expect(await states('ada')).toEqual({ counted: 3 })
    expect(await publishedTo(db, 'waitlist', 'referrals.voided')).toEqual([])
    expect(await auditRows()).toEqual([])

    const real = await reviewed({ action: 'block', referrer })
    expect({ ...real, review_id: null, dry_run: true }).toEqual(dry)
    await publish('waitlist.joined', { entries: [joiner('late', { by: 'ada' })] })
    expect(await states('ada')).toEqual({ 'void blocked': 4 })
    const { rows } = await db.owner.query(
      "select payload from invites.inbox where event = 'referrals.blocked'",
    )
    expect(rows.map(({ payload }) => payload.people)).toEqual([
      [{ person: personOf(emailOf('ada')), reason: expect.any(String) }],
    ])
  })

  test('has no rank, also while a claim of theirs is open', async () => {
    await lead('ada', 1)
    await app.inject({
      method: 'POST',
      url: '/api/referrals/share',
      headers: asAdmin,
      payload: { inviter_email: emailOf('ada'), recipient_email: emailOf('friend') },
    })
    const { referrers } = await reviewed({ action: 'block', referrer: await memberOf('ada') })
    expect(referrers).toMatchObject([{ rank: { before: 1, after: null }, referrals: counts(2, 1) }])
  })

  test('is found by a referral; a dry run tries a thousand, a review goes on in steps', async () => {
    await lead('ada', 1)
    await db.owner.query(
      `with friends as (
         insert into referrals.members (person, confirmed, joined_at)
         select 'friend ' || n, true, now() from generate_series(1, 1100) as n returning id
       )
       insert into referrals.referrals
         (referrer_user_id, referred_user_id, source, state, standing, counted_at)
       select $1, id, 'code', 'counted', 'clean', now() from friends`,
      [await memberOf('ada')],
    )
    const dry = await reviewed({
      action: 'block',
      referrer: await memberOf('ada'),
      dry_run: true,
    })
    expect(dry).toMatchObject({ matched: 1101, changed: 1000, pending: 101 })
    const { review_id } = await reviewed({
      action: 'block',
      referral_ids: await idsOf('ada'),
    }).catch(async () =>
      reviewed({ action: 'block', referral_ids: (await idsOf('ada')).slice(0, 1) }),
    )
    const progress = async () =>
      (
        await app.inject({ url: `/api/referrals/review/actions/${review_id}`, headers: asAdmin })
      ).json()
    await expect.poll(progress).toMatchObject({ matched: 1101, changed: 1101, pending: 0 })
    expect(await states('ada')).toEqual({ 'void blocked': 1101 })
  })

  test('is judged again when a reviewer unblocks them', async () => {
    await lead('ada', 3)
    await hold('ada', 1)
    const referrer = await memberOf('ada')
    await reviewed({ action: 'block', referrer })
    const reply = await reviewed({ action: 'unblock', referrer })
    expect(reply).toMatchObject({ matched: 3, changed: 3 })
    expect(reply.referrers).toMatchObject([{ is_blocked: false, counted: counts(0, 2) }])
    expect(await states('ada')).toEqual({ counted: 2, held: 1 })
    await reviewed({ action: 'unblock', referrer })
    const decided = async (event: string) => {
      const inbox = 'select payload from invites.inbox where event = $1'
      return (await db.owner.query(inbox, [event])).rows.map(({ payload }) => payload)
    }
    const [block] = await decided('referrals.blocked')
    const [unblock, ...more] = await decided('referrals.unblocked')
    expect([unblock.people, more]).toEqual([[personOf(emailOf('ada'))], []])
    expect(unblock.at > block.at).toBe(true)
  })
})

test('a review that was interrupted is continued', async () => {
  await lead('ada', 2)
  const { review_id } = await reviewed({ action: 'block', referrer: await memberOf('ada') })
  await db.owner.query(
    `update referrals.referrals set state = 'counted', reason = null;
     update referrals.reviews set pending = 2, changed = 0;
     insert into referrals.review_referrals
     select '${review_id}', id from referrals.referrals`,
  )
  await continueReviews(app.database, consumerDeps.terms, () => false)
  expect(await states('ada')).toEqual({ 'void blocked': 2 })
  const { rows } = await db.owner.query('select pending, changed from referrals.reviews')
  expect(rows).toEqual([{ pending: 0, changed: 2 }])
})

test('an erased person is redacted in the reasons of reviews', async () => {
  await lead('ada', 2)
  const [id] = await idsOf('ada')
  const reason = `${emailOf('ada')} wrote to us`
  await reviewed({ action: 'void', referral_ids: [id], reason })
  await publish('person.erased', {
    person: personOf(emailOf('ada')),
    pseudonym: 'erased-01',
    at: new Date().toISOString(),
  }).catch(() => {})
  const { rows } = await db.owner.query(
    'select reason from referrals.reviews union select reason from referrals.audit',
  )
  expect(rows).toEqual([{ reason: 'erased-01 wrote to us' }])
})

describe('bad input', () => {
  test('a review names referrals or a referrer, that exist, and has a reason and a scope', async () => {
    const reason = 'a test'
    const referrer = randomUUID()
    const pathsOf = async (body: object) =>
      (await review(body)).json().errors.map(({ path }: { path: string }) => path)
    expect(await pathsOf({ action: 'close' })).toEqual(['action', 'reason', 'referral_ids'])
    expect(await pathsOf({ action: 'void', referrer, referral_ids: [referrer], reason })).toEqual([
      'referral_ids',
    ])
    const missing = [
      await review({ action: 'block', referrer, reason }),
      await review({ action: 'block', referrer: 'user 7', reason, dry_run: true }),
      await review({ action: 'void', referral_ids: [referrer], reason }),
      await app.inject({ url: `/api/referrals/review/actions/${referrer}`, headers: asAdmin }),
      await app.inject({ url: `/api/referrals/review/${referrer}`, headers: asAdmin }),
      await app.inject({ url: `/api/referrals/review?referrer=${referrer}`, headers: asAdmin }),
    ]
    expect(missing.map((reply) => [reply.statusCode, reply.json().code])).toEqual([
      [404, 'unknown_user'],
      [404, 'unknown_user'],
      [404, 'unknown_referral'],
      [404, 'unknown_review'],
      [404, 'unknown_referral'],
      [404, 'unknown_user'],
    ])
    expect((await review({ action: 'block', referrer, reason }, {})).statusCode).toBe(401)
  })
})
