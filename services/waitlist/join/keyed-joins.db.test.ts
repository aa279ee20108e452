// Joins with an Idempotency-Key run in batches, with each other and with plain ones.
import { KEYED_ROUNDS as ROUNDS } from '@vobee/testing/settings'
import { expect, onTestFinished, test } from 'vitest'
import { asWriter, useWaitlist } from '../testing/waitlist.ts'

const { db, app, read } = useWaitlist()

type Joining = { person: string; key?: string; confirmed?: boolean }

const join = ({ person, key, confirmed }: Joining, replica = 0) =>
  app(replica).inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { email: `${person}@example.com`, use_case: 'x', persona: 'other', confirmed },
    headers: { ...(confirmed ? asWriter : {}), ...(key ? { 'idempotency-key': key } : {}) },
  })

const rows = async (text: string) => (await db.owner.query(text)).rows
const count = async (table: string) =>
  (await rows(`select count(*)::int as n from waitlist.${table}`))[0].n

/** Lets no join finish until the function that it returns is called. */
const holdEntries = async () => {
  const holder = await db.owner.connect()
  onTestFinished(() => holder.release(true))
  await holder.query('begin; lock table waitlist.entries in access exclusive mode')
  return () => holder.query('rollback')
}

const inTransaction = `
  from pg_stat_activity
  where datname = current_database() and application_name = 'waitlist'
    and xact_start is not null`

test('each join of a batch has its own outcome: new, replayed, reused, gone, in progress', async () => {
  await join({ person: 'ada', key: 'replayed' })
  await join({ person: 'bob', key: 'reused' })
  await join({ person: 'eve', key: 'gone' })
  await db.owner.query(`delete from waitlist.entries where email = 'eve@example.com'`)
  const replies = await Promise.all([
    join({ person: 'kim' }),
    join({ person: 'ada', key: 'replayed' }),
    join({ person: 'eve', key: 'reused' }),
    join({ person: 'eve', key: 'gone' }),
    join({ person: 'lee', key: 'new' }),
    join({ person: 'lee', key: 'new' }),
    join({ person: 'kim', key: 'again' }),
  ])
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([201, 201, 422, 410, 201, 409, 201])
  expect(replies.map((reply) => reply.json().position)).toEqual([
    ...[3, 1, undefined, undefined, 4, undefined, 3],
  ])
  expect(replies[1]?.headers['idempotent-replayed']).toBe('true')
  expect(replies[6]?.json().referral_code).toBe(replies[0]?.json().referral_code)
  expect([await count('entries'), await count('idempotency')]).toEqual([4, 5])
})

test('a record has the reply without the code; one of version 0.3.0 is replayed', async () => {
  const first = (await join({ person: 'ada', key: 'k' })).json()
  const { referral_code: _, share_url: __, status: ___, ...stored } = first
  expect(await rows('select effect from waitlist.idempotency')).toEqual([{ effect: stored }])
  await db.owner.query(`update waitlist.idempotency set effect = effect || '{"published": 1}'`)
  expect((await join({ person: 'ada', key: 'k' }, 1)).json()).toEqual(first)
})

test('while many of them wait, they hold one connection, and other requests are served', async () => {
  const release = await holdEntries()
  const joins = Array.from({ length: 64 }, (_, n) => join({ person: `p${n}`, key: `k${n}` }))
  await expect
    .poll(() => rows(`select 1 ${inTransaction} and wait_event = 'relation'`))
    .toHaveLength(1)
  expect((await read('scoring')).statusCode).toBe(200)
  expect(await rows(`select 1 ${inTransaction}`)).toHaveLength(1)
  await release()
  const replies = await Promise.all(joins)
  expect(replies.map(({ statusCode }) => statusCode)).toEqual(Array(64).fill(201))
  expect([await count('entries'), await count('idempotency')]).toEqual([64, 64])
})

test('of two joins of a person in a batch, one may confirm the entry', async () => {
  await Promise.all([
    join({ person: 'ada' }),
    join({ person: 'ada', key: 'k', confirmed: true }),
    join({ person: 'bob', confirmed: true }),
    join({ person: 'kim' }),
  ])
  expect(
    await rows('select email from waitlist.entries where confirmed_at is not null order by 1'),
  ).toEqual([{ email: 'ada@example.com' }, { email: 'bob@example.com' }])
  expect(await count(`audit where act = 'waitlist.confirmed'`)).toBe(2)
})

const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)] as T

/** Ends a connection of a replica, wherever its batch is. */
const killOne = () =>
  db.owner.query(
    `select pg_terminate_backend(pid) from (select pid ${inTransaction} limit 1) as one`,
  )

/** Repeats a request until it has its final result. */
const finish = async (joining: Joining, replica: number) => {
  for (;;) {
    const reply = await join(joining, replica)
    if (reply.statusCode !== 409 && reply.statusCode !== 503) return reply
  }
}

type Final = Joining & { statusCode: number; body: string }

const race = async (round: number) => {
  const requests = Array.from({ length: 64 }, (_, n) => ({
    person: `${pick(['ada', 'bob', 'eve', 'kim', n])}.${round}`,
    ...(n % 4 === 0 ? {} : { key: `${pick(['a', 'b', 'c', 'd', n])}.${round}` }),
  }))
  const finals: Final[] = []
  const send = async (joining: Joining, replica: number) => {
    const first = await join(joining, replica)
    expect([201, 409, 422, 503]).toContain(first.statusCode)
    for (const { statusCode, body } of [first, await finish(joining, 1 - replica)]) {
      if (statusCode === 201 || statusCode === 422) finals.push({ ...joining, statusCode, body })
    }
  }
  const sent = requests.map(async (joining, n) => {
    for (let turns = n % 8; turns > 0; turns--) await new Promise((turn) => setImmediate(turn))
    if (n % 32 === 7) await killOne()
    await send(joining, n % 2)
  })
  await Promise.all(sent)
  return finals
}

test('races over two replicas that lose connections: each key has one person and one reply', async () => {
  const finals: Final[] = []
  for (let round = 0; round < ROUNDS; round++) finals.push(...(await race(round)))
  const joined = finals.filter(({ statusCode }) => statusCode === 201)
  const keys = new Set(finals.flatMap(({ key }) => key ?? []))
  for (const key of keys) {
    const ofKey = joined.filter((reply) => reply.key === key)
    expect(new Set(ofKey.map(({ person }) => person)).size).toBe(1)
    expect(new Set(ofKey.map(({ body }) => body)).size).toBe(1)
  }
  expect(await count('entries')).toBe(new Set(joined.map(({ person }) => person)).size)
  expect(await count('idempotency')).toBe(keys.size)
})
