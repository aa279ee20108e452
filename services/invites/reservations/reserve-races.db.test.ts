// Many requests at once, over two replicas: a use is reserved, redeemed or released once, never twice.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { many, useReplicas } from '../testing/replicas.ts'

const db = useDatabase()
const { post, generate, countUses } = useReplicas(db)

const ROUNDS = 100
/** Rounds on any machine, however slow. */
const MIN_ROUNDS = 11
/** ms after which no further round begins. */
const TIME = 3_000

const issue = async (more: object = {}): Promise<string> => String((await generate(more))[0])

const email = (person: number) => `person${person}@example.com`
const redeem = (code: string, n: number) => post('redeem', { code, email: email(n) }, n)
const reserve = (code: string, n: number) => post('reserve', { code, email: email(n) }, n)

/** Returns how often each outcome occurred. */
const outcomes = async (requests: ReturnType<typeof post>[]) => {
  const counted: Record<string, number> = {}
  for (const reply of await Promise.all(requests)) {
    const outcome = reply.statusCode < 300 ? String(reply.statusCode) : reply.json().code
    counted[outcome] = (counted[outcome] ?? 0) + 1
  }
  return counted
}

const rounds = async (round: () => Promise<void>) => {
  const start = performance.now()
  let done = 0
  while (done < MIN_ROUNDS || (done < ROUNDS && performance.now() - start < TIME)) {
    await round()
    done++
  }
}

test('64 callers redeem or reserve a one-use code at once: one gets it', { timeout: 60_000 }, () =>
  rounds(async () => {
    const code = await issue()
    const given = await outcomes(many(64, (n) => (n % 4 < 2 ? redeem : reserve)(code, n)))
    const { 200: used = 0, 201: held = 0, code_already_used = 0, code_reserved = 0 } = given
    expect(used + held).toBe(1)
    expect([code_already_used, code_reserved]).toEqual(used ? [63, 0] : [0, 63])
    const { uses, counted } = await countUses()
    expect(uses).toBe(counted)
  }),
)

test('a ten-use code is reserved or used ten times', { timeout: 60_000 }, () =>
  rounds(async () => {
    const code = await issue({ max_uses: 10 })
    const given = await outcomes(many(64, (n) => (n % 4 < 2 ? redeem : reserve)(code, n)))
    expect((given[200] ?? 0) + (given[201] ?? 0)).toBe(10)
    const { uses, counted } = await countUses()
    expect(uses).toBe(counted)
    // A reserved use is certain, whatever other people request at the same moment.
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
    expect((await outcomes(both))[200]).toBe(given[201])
  }),
)

test(
  'if a reservation is confirmed and cancelled at once, one wins and no use is lost',
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

test('a person who reserves 64 times at once has one reservation, of a limited code or not', async () => {
  for (const max_uses of [1, null]) {
    const code = await issue({ max_uses })
    const held = await Promise.all(many(64, (n) => post('reserve', { code, email: email(1) }, n)))
    expect(new Set(held.map((reply) => reply.json().reservation_id)).size).toBe(1)
  }
})

test(
  'if a code is revoked and redeemed at once, one wins; the revocation is published once',
  { timeout: 60_000 },
  () =>
    rounds(async () => {
      const code = await issue({ max_uses: 40 })
      const before = (await countUses()).uses
      const requests = many(64, (n) =>
        n % 8 === 3 ? post(`${code}/revoke`, { reason: 'leaked' }, n >> 3) : redeem(code, n),
      )
      const given = await outcomes(requests)
      const { uses, counted } = await countUses()
      expect(uses).toBe(counted)
      expect(given[200]).toBe(8 + uses - before)
      expect(await outcomes([redeem(code, 100)])).toEqual({ code_revoked: 1 })
      const { rows } = await db.owner.query(
        `select count(*)::int as n from quality_gates.inbox where event = 'invites.revoked'`,
      )
      const { rows: codes } = await db.owner.query('select count(*)::int as n from invites.codes')
      expect(rows).toEqual(codes)
    }),
)
