// Many requests at once, over two replicas: a code is used exactly as often as it allows.
import { useDatabase } from '@vobee/testing/database'
import { expect, test, vi } from 'vitest'
import { useGrants } from '../testing/grants.ts'
import { many, useReplicas } from '../testing/replicas.ts'

const db = useDatabase()
const { app, post, generate: issue, countUses: counts } = useReplicas(db)
const { grant, recall, process, answers, codesOf } = useGrants(db, () => app(0))

const redeem = (code: string | undefined, person: number, replica = person % 2) =>
  post('redeem', { code, email: `person${person}@example.com` }, replica, {})

const statuses = async (replies: ReturnType<typeof redeem>[]) => {
  const counted: Record<number, number> = {}
  for (const { statusCode } of await Promise.all(replies)) {
    counted[statusCode] = (counted[statusCode] ?? 0) + 1
  }
  return counted
}

/** Resolves when `n` statements wait for a lock. */
const waiting = (n: number) =>
  vi.waitFor(async () => {
    const { rows } = await db.owner.query(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    expect(rows[0].n).toBe(n)
  }, 50_000)

/** Runs `act` while another transaction has run `statement`, and runs `then` before it commits. */
const during = async <T>(statement: string, act: () => Promise<T>, then = ''): Promise<T> => {
  const other = await db.owner.connect()
  try {
    await other.query('begin')
    await other.query(statement)
    const acting = act()
    await waiting(1)
    await other.query(`${then}; commit`)
    return await acting
  } finally {
    other.release(true)
  }
}

test('64 callers redeem a one-use code at once: exactly one succeeds, every time', async () => {
  for (let round = 0; round < 20; round++) {
    const [code] = await issue()
    expect(await statuses(many(64, (n) => redeem(code, n)))).toEqual({ 200: 1, 409: 63 })
  }
  expect(await counts()).toEqual({ uses: 20, counted: 20 })
  const { rows } = await db.owner.query(
    `select sum((b ->> 'count')::int)::int as n
     from quality_gates.inbox, jsonb_array_elements(payload -> 'batches') as b
     where event = 'invites.limit_reached'`,
  )
  expect(rows).toEqual([{ n: 20 }])
})

test('a ten-use code is used ten times', async () => {
  for (let round = 0; round < 20; round++) {
    const [code] = await issue({ max_uses: 10 })
    expect(await statuses(many(64, (n) => redeem(code, n)))).toEqual({ 200: 10, 409: 54 })
  }
  expect(await counts()).toEqual({ uses: 200, counted: 200 })
})

test('a person who redeems 64 times at once has one use, and the same success 64 times', async () => {
  const [code] = await issue()
  expect(await statuses(many(64, (n) => redeem(code, 7, n % 2)))).toEqual({ 200: 64 })
  expect(await counts()).toEqual({ uses: 1, counted: 1 })
})

test('a person who repeats a request takes no use from the next person', async () => {
  const [code] = await issue({ max_uses: 2 })
  const replies = [...many(32, () => redeem(code, 1, 0)), redeem(code, 2, 0)]
  expect(await statuses(replies)).toEqual({ 200: 33 })
  expect(await counts()).toEqual({ uses: 2, counted: 2 })
})

test('many codes in many orders, valid and unknown ones mixed, each have their own outcome', async () => {
  const codes = await issue({ batch_size: 16, max_uses: 2 })
  const asked = many(16 * 8, (n) => redeem(codes[(n * 7) % 16], n))
  const unknown = many(16, (n) => redeem('VOBEE-UNKNOWN', n))
  expect(await statuses([...asked, ...unknown])).toEqual({ 200: 32, 404: 16, 409: 96 })
  expect(await counts()).toEqual({ uses: 32, counted: 32 })
})

test('an unlimited code does not wait for its row', async () => {
  const [code] = await issue({ max_uses: null })
  const other = await db.owner.connect()
  await other.query('begin')
  await other.query('select from invites.codes for update')
  expect(await statuses(many(64, (n) => redeem(code, n)))).toEqual({ 200: 64 })
  await other.query('rollback')
  other.release()
  expect(await counts()).toEqual({ uses: 64, counted: 0 })
})

test('a request that waited for a use of the same person succeeds, others fail', async () => {
  const [code] = await issue()
  // Another replica is redeeming the last use for person 1 at this moment.
  await redeem((await issue())[0], 1)
  const taking = `
    insert into invites.uses (code_id, person, email)
    select code.id, person, email from invites.codes as code, invites.uses
    where code.code = '${code}';
    update invites.codes set uses_left = 0 where code = '${code}'`
  const replies = await during(taking, () =>
    statuses([redeem(code, 1, 0), redeem(code, 2, 0), redeem(code, 3, 0)]),
  )
  expect(replies).toEqual({ 200: 1, 409: 2 })
  expect(await counts()).toEqual({ uses: 2, counted: 2 })
})

test('a use that a repeated request did not need goes to the next person', async () => {
  const [code] = await issue({ max_uses: 2 })
  await redeem((await issue())[0], 1)
  const taking = `
    insert into invites.uses (code_id, person, email)
    select code.id, person, email from invites.codes as code, invites.uses
    where code.code = '${code}';
    update invites.codes set uses_left = 1 where code = '${code}'`
  const replies = await during(taking, () => statuses([redeem(code, 1, 0), redeem(code, 2, 0)]))
  expect(replies).toEqual({ 200: 2 })
  expect(await counts()).toEqual({ uses: 3, counted: 3 })
})

test('a request that waited for a revocation finds the code revoked', async () => {
  const [code] = await issue()
  const replies = await during('update invites.codes set revoked_at = now()', () =>
    statuses([redeem(code, 1)]),
  )
  expect(replies).toEqual({ 410: 1 })
})

test('a recall revokes the codes that nobody redeems at that moment, and answers how many', async () => {
  for (let round = 0; round < 10; round++) {
    await db.empty()
    const id = await grant(16)
    const codes = (await codesOf(id)).map(({ code }) => code)
    await recall(id, 16)
    const [replies] = await Promise.all([
      statuses(many(64, (n) => redeem(codes[(n * 7) % 16], n))),
      process(app(round % 2)),
    ])
    const ended = (await codesOf(id)).map(({ status }) => status)
    const used = ended.filter((status) => status === 'used').length
    expect(replies[200] ?? 0).toBe(used)
    expect(await answers()).toEqual([16 - used])
    expect(ended.filter((status) => status === 'revoked')).toHaveLength(16 - used)
    expect(await counts()).toEqual({ uses: used, counted: used })
  }
})

test('redemptions that meet a deadlock run again', async () => {
  const [first, second] = await issue({ batch_size: 2 })
  const lock = (code: string | undefined) =>
    `select from invites.codes where code = '${code}' for update`
  // The redemptions are the ones that Postgres ends.
  const replies = await during(
    `set local deadlock_timeout = '1min'; ${lock(second)}`,
    () => Promise.all([redeem(first, 1, 0), redeem(second, 2, 0)]),
    lock(first),
  )
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200])
  expect(await counts()).toEqual({ uses: 2, counted: 2 })
})
