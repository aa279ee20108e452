// What the ledger grants, and takes back when a referral no longer counts.
import { randomUUID } from 'node:crypto'
import { transaction } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { refresh } from '../counting/refresh.ts'
import {
  consumerDeps,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  publisher,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)

/** Friends joined 20 days ago: their quality earns no bonus. */
const at = inSeconds(-20 * 86_400)
const refer = (...names: string[]) =>
  publish('waitlist.joined', {
    entries: [joiner('user', { at }), ...names.map((name) => joiner(name, { by: 'user', at }))],
  })

/** Decides on the referrals of people as a reviewer does. */
const decide = async (decision: 'voided' | 'approved', ...names: string[]) => {
  const { rows } = await db.owner.query<{ id: string }>(
    `update referrals.referrals as referral set decision = $1
     from referrals.members as member
     where member.id = referred_user_id and person = any ($2) returning referral.id`,
    [decision, names.map((name) => personOf(emailOf(name)))],
  )
  const ids = rows.map(({ id }) => id)
  await transaction(app.database, (connection) => refresh(connection, ids, consumerDeps.terms))
}

const gate = (open: boolean) => db.owner.query(`select referrals.set_gate($1, '{}', now())`, [open])

type Grant = { grant_id: string; codes: number; person: string }
const earned = (): Promise<Grant[]> => publishedTo(db, 'invites', 'referrals.earned')
const recalls = () => publishedTo(db, 'invites', 'referrals.recalled')

const minted = async () =>
  publish('invites.created', {
    batch_id: 'EARNED',
    count: 1,
    grants: await earned(),
    at: inSeconds(0),
  })

/** Answers the recalls that are open: of each grant `left(grant)` codes are unused. */
const answer = async (left: number) => {
  const { rows } = await db.owner.query<{ id: string; codes: number }>(
    'select id, codes from referrals.code_recalls where answered_at is null',
  )
  await publish('invites.recalled', {
    recalls: rows.map(({ id, codes }) => ({ recall_id: id, revoked: Math.min(codes, left) })),
  })
}

const balances = async () => {
  const { rows } = await db.owner.query(`
    select grant_key, sum(amount - voided)::int as net from referrals.user_rewards
    group by grant_key order by grant_key`)
  return Object.fromEntries(rows.map(({ grant_key, net }) => [grant_key, net]))
}
const entries = async () => {
  const { rows } = await db.owner.query(
    'select kind, amount from referrals.reward_entries order by id',
  )
  return rows.map(({ kind, amount }) => `${kind} ${amount}`)
}

describe('a referral that no longer counts', () => {
  test('takes back the codes of the threshold that is lost, once invites has minted them', async () => {
    await refer('a', 'b', 'c')
    await decide('voided', 'c')
    expect(await recalls()).toEqual([])
    await minted()
    const [, second] = await earned()
    expect(await recalls()).toEqual([
      {
        recall_id: expect.any(String),
        grant_id: second?.grant_id,
        codes: 2,
        reason: 'referral_voided',
      },
    ])
    expect(await balances()).toEqual({ 'invite_codes:1': 1, 'invite_codes:3': 2 })
    await answer(2)
    expect(await balances()).toEqual({ 'invite_codes:1': 1, 'invite_codes:3': 0 })
    expect(await entries()).toEqual(['grant 1', 'grant 2', 'claim 1', 'claim 2', 'void 2'])
  })

  test('leaves the codes that were used, and a later one adds only the difference', async () => {
    await refer('a', 'b', 'c')
    await minted()
    await decide('voided', 'c')
    await answer(1)
    expect(await balances()).toMatchObject({ 'invite_codes:3': 1 })
    await refer('d')
    expect(await balances()).toMatchObject({ 'invite_codes:3': 2 })
    expect((await earned()).map(({ codes }) => codes)).toEqual([1, 2, 1])
    await minted()
    await decide('voided', 'd')
    await answer(1)
    expect(await balances()).toMatchObject({ 'invite_codes:3': 1 })
    expect(await recalls()).toHaveLength(2)
    await decide('voided', 'a')
    expect(await recalls()).toHaveLength(2)
  })

  test('that counts again before the answer gets the codes once more after it', async () => {
    await refer('a', 'b', 'c')
    await minted()
    await decide('voided', 'c')
    await decide('approved', 'c')
    expect(await earned()).toHaveLength(2)
    await answer(2)
    expect(await balances()).toMatchObject({ 'invite_codes:3': 2 })
    expect((await earned()).map(({ codes }) => codes)).toEqual([1, 2, 2])
  })

  test('takes back while the gate is closed, and is granted again when it opens', async () => {
    await refer('a', 'b', 'c')
    await minted()
    await gate(false)
    await decide('voided', 'c')
    await answer(2)
    await decide('approved', 'c')
    expect(await balances()).toMatchObject({ 'invite_codes:3': 0 })
    const due = 'select from referrals.members where due_since is not null'
    expect((await db.owner.query(due)).rowCount).toBe(1)
    await gate(true)
    await refer('a')
    expect(await balances()).toMatchObject({ 'invite_codes:3': 2 })
    expect((await db.owner.query(due)).rowCount).toBe(0)
  })

  test('is answered once, however often the answer arrives', async () => {
    await refer('a', 'b', 'c')
    await minted()
    await decide('voided', 'c')
    const [recall] = await recalls()
    for (let i = 0; i < 2; i++) {
      await publish('invites.recalled', { recalls: [{ recall_id: recall.recall_id, revoked: 2 }] })
    }
    await publish('invites.recalled', { recalls: [{ recall_id: randomUUID(), revoked: 2 }] })
    expect(await balances()).toEqual({ 'invite_codes:1': 1, 'invite_codes:3': 0 })
  })
})

test('entries of the ledger are only ever added, and a grant is never undone otherwise', async () => {
  await refer('a')
  await minted()
  for (const change of [
    'update referrals.reward_entries set amount = 2',
    'delete from referrals.reward_entries',
    'update referrals.user_rewards set is_claimed = false',
    'update referrals.user_rewards set amount = 2',
  ]) {
    await expect(app.database.query(change), change).rejects.toThrow()
  }
  expect(await entries()).toEqual(['grant 1', 'claim 1'])
})
