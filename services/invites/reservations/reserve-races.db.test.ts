// Many at once, over two replicas: a use is held, taken or given back once, and never twice.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let replicas: [FastifyInstance, FastifyInstance]

const ROUNDS = 100
/** ms after which no new round begins. */
const TIME = 3_000

beforeAll(() => {
  const build = () => buildApp(testSettings(InvitesSettings, db.urls.invites))
  replicas = [build(), build()]
})
afterAll(() => Promise.all(replicas.map((app) => app.close())))
beforeEach(db.empty)

const post = (path: string, payload: object, n = 0) =>
  replicas[(n % 2) as 0 | 1].inject({
    method: 'POST',
    url: `/api/invites/${path}`,
    headers: asAdmin,
    payload,
  })
const issue = async (more: object = {}): Promise<string> =>
  (await post('generate', { batch_size: 1, ...more })).json().codes[0]

const email = (person: number) => `person${person}@example.com`
const redeem = (code: string, n: number) => post('redeem', { code, email: email(n) }, n)
const reserve = (code: string, n: number) => post('reserve', { code, email: email(n) }, n)

const many = <T>(length: number, make: (n: number) => T) =>
  Array.from({ length }, (_, n) => make(n))

/** How often each answer was given. */
const answers = async (asked: ReturnType<typeof post>[]) => {
  const counted: Record<string, number> = {}
  for (const reply of await Promise.all(asked)) {
    const said = reply.statusCode < 300 ? String(reply.statusCode) : reply.json().code
    counted[said] = (counted[said] ?? 0) + 1
  }
  return counted
}

const rounds = async (round: () => Promise<void>) => {
  const start = performance.now()
  let done = 0
  while (done <= ROUNDS / 10 || (done < ROUNDS && performance.now() - start < TIME)) {
    await round()
    done++
  }
}

const counts = async () =>
  (
    await db.owner.query(`
      select (select count(*)::int from invites.uses) as uses,
             (select coalesce(sum(b.max_uses - uses_left), 0)::int
              from invites.codes join invites.batches as b on b.id = batch) as counted`)
  ).rows[0]

test('of 64 who redeem or reserve a one-use code at once, one gets it', { timeout: 60_000 }, () =>
  rounds(async () => {
    const code = await issue()
    const given = await answers(many(64, (n) => (n % 4 < 2 ? redeem : reserve)(code, n)))
    const { 200: used = 0, 201: held = 0, code_already_used = 0, code_reserved = 0 } = given
    expect(used + held).toBe(1)
    expect([code_already_used, code_reserved]).toEqual(used ? [63, 0] : [0, 63])
    const { uses, counted } = await counts()
    expect(uses).toBe(counted)
  }),
)

test('a ten-use code is held or used ten times', { timeout: 60_000 }, () =>
  rounds(async () => {
    const code = await issue({ max_uses: 10 })
    const given = await answers(many(64, (n) => (n % 4 < 2 ? redeem : reserve)(code, n)))
    expect((given[200] ?? 0) + (given[201] ?? 0)).toBe(10)
    const { uses, counted } = await counts()
    expect(uses).toBe(counted)
    // Who reserved has the use for certain, whoever else asks at the same moment.
    const { rows } = await db.owner.query(
      `select reservation.id from invites.reservations as reservation
       join invites.codes on codes.id = code_id where code = $1`,
      [code],
    )
    expect(rows).toHaveLength(given[201] ?? 0)
    const both = [
      ...rows.map(({ id }, n) => post(`reservations/${id}/confirm`, {}, n)),
      ...many(64 - rows.length, (n) => redeem(code, 100 + n)),
    ]
    expect((await answers(both))[200]).toBe(given[201])
  }),
)

test(
  'of confirming and cancelling at once one wins, and nothing is lost',
  { timeout: 60_000 },
  () =>
    rounds(async () => {
      const code = await issue({ max_uses: 10 })
      const held = await Promise.all(many(10, (n) => reserve(code, n)))
      const ids = held.map((reply) => reply.json().reservation_id)
      const [confirmed, again, cancelled, redeemed] = await Promise.all([
        Promise.all(ids.map((id, n) => post(`reservations/${id}/confirm`, {}, n))),
        Promise.all(ids.map((id, n) => post(`reservations/${id}/confirm`, {}, n + 1))),
        Promise.all(ids.map((id, n) => post(`reservations/${id}/cancel`, {}, n))),
        Promise.all(many(34, (n) => redeem(code, 100 + n))),
      ])
      const ok = (replies: { statusCode: number }[]) => replies.map((r) => r.statusCode === 200)
      const refusals = [...confirmed, ...again, ...cancelled].filter((r) => r.statusCode !== 200)
      for (const reply of refusals) {
        expect(reply.json().code).toMatch(/^reservation_(cancelled|confirmed)$/)
      }
      expect(ok(again)).toEqual(ok(confirmed))
      expect(ok(cancelled)).toEqual(ok(confirmed).map((won) => !won))
      const taken = [...ok(confirmed), ...ok(redeemed)].filter(Boolean).length
      expect(taken).toBeLessThanOrEqual(10)
      const { rows } = await db.owner.query(
        `select count(*)::int as n, 10 - max(uses_left) as counted
       from invites.uses join invites.codes as c on c.id = code_id where code = $1`,
        [code],
      )
      if (taken > 0) expect(rows).toEqual([{ n: taken, counted: taken }])
    }),
)

test('one person 64 times at once has one reservation, of a limited code or not', async () => {
  for (const max_uses of [1, null]) {
    const code = await issue({ max_uses })
    const held = await Promise.all(many(64, (n) => post('reserve', { code, email: email(1) }, n)))
    expect(new Set(held.map((reply) => reply.json().reservation_id)).size).toBe(1)
  }
})

test('of revoking and redeeming at once one wins; it is told once', { timeout: 60_000 }, () =>
  rounds(async () => {
    const code = await issue({ max_uses: 40 })
    const before = (await counts()).uses
    const asked = many(64, (n) =>
      n % 8 === 3 ? post(`${code}/revoke`, { reason: 'leaked' }, n >> 3) : redeem(code, n),
    )
    const given = await answers(asked)
    const { uses, counted } = await counts()
    expect(uses).toBe(counted)
    expect(given[200]).toBe(8 + uses - before)
    expect(await answers([redeem(code, 100)])).toEqual({ code_revoked: 1 })
    const { rows } = await db.owner.query(
      `select count(*)::int as n from quality_gates.inbox where event = 'invites.revoked'`,
    )
    const { rows: codes } = await db.owner.query('select count(*)::int as n from invites.codes')
    expect(rows).toEqual(codes)
  }),
)
