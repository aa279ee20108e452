// Repeated requests with an Idempotency-Key. The action waits where the test wants it to.
import { buildBareService } from '@vobee/testing/bare-service'
import { useDatabase } from '@vobee/testing/database'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { identifyBy, visitor } from '../../auth/callers.ts'
import { problem } from '../../http/problem.ts'
import { route } from '../../http/route.ts'
import { deleteExpiredRecords, idempotency } from './idempotency.ts'

const db = useDatabase()
const full = problem(409, 'full', 'No room is left.')
const Body = z.strictObject({ word: z.string(), size: z.int().optional() })
const Reply = z.object({ id: z.int(), word: z.string() })
const apps: FastifyInstance[] = []

const keyOf = (name: string) => `${name}-key-of-at-least-32-characters`
const identify = identifyBy(
  ['ada', 'bob'].map((name) => ({ name, secret: keyOf(name), scopes: ['invites:write'] as const })),
)

/** A replica. Its action waits while the test holds the lock, and rejects "too much". */
const start = () => {
  const app = buildBareService(db.urls.invites, { identify })
  const idempotent = idempotency(app.database, 'invites', 'a-secret-of-more-than-32-characters')
  const find = async (id: number) => {
    const text = 'select id, word from invites.effects where id = $1'
    return (await app.database.query(text, [id])).rows[0] ?? null
  }
  for (const url of ['/make', '/make-else']) {
    route(app, { ...guard, url, body: Body, replies: [201, Reply] }, async (input) =>
      idempotent<z.infer<typeof Reply>, number>(input, {
        run: async (connection) => {
          const text = 'insert into invites.effects (word) values ($1) returning id, word'
          const { rows } = await (connection ?? app.database).query(text, [input.body.word])
          await connection?.query('select pg_advisory_xact_lock_shared(42)')
          if (input.body.word === 'too much') throw full()
          return rows[0]
        },
        serialize: ({ id }) => id,
        replay: find,
      }),
    )
  }
  apps.push(app)
  return app
}
const guard = {
  method: 'POST',
  operationId: 'test',
  summary: 'x',
  auth: visitor,
  idempotent: true,
} as const

beforeAll(() =>
  db.owner.query(
    'create table invites.effects (id int generated always as identity, word text not null)',
  ),
)
beforeEach(db.empty)
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

type Sending = { key?: string; body?: object; url?: string; as?: string; from?: string }

const send = (app: FastifyInstance, { key = 'k1', url = '/make', as, from, body }: Sending = {}) =>
  app.inject({
    method: 'POST',
    url,
    payload: body ?? { word: 'a' },
    headers: {
      'idempotency-key': key,
      ...(as ? { authorization: `Bearer ${keyOf(as)}` } : {}),
    },
    ...(from ? { remoteAddress: from } : {}),
  })

const effects = async () =>
  (await db.owner.query('select count(*)::int as n from invites.effects')).rows[0].n
const records = async () =>
  (await db.owner.query('select count(*)::int as n from invites.idempotency')).rows[0].n

/** Holds the lock while `during` runs, and lets all through after it. */
const holdingTurnstile = async (during: (holder: pg.PoolClient) => Promise<unknown>) => {
  const holder = await db.owner.connect()
  await holder.query('select pg_advisory_lock(42)')
  try {
    await during(holder)
  } finally {
    await holder.query('select pg_advisory_unlock(42)')
    holder.release()
  }
}

const atTurnstile = `from pg_locks join pg_database on pg_database.oid = pg_locks.database
  where datname = current_database() and locktype = 'advisory' and objid = 42 and not granted`

const waiting = async (n: number) => {
  const text = `select count(*)::int as n ${atTurnstile}`
  await expect.poll(async () => (await db.owner.query(text)).rows[0].n, { interval: 5 }).toBe(n)
}

describe('a repeated key', () => {
  test('gets the same reply and has one effect', async () => {
    const app = start()
    const first = await send(app)
    const again = await send(app)
    expect([first.statusCode, again.statusCode]).toEqual([201, 201])
    expect(again.body).toBe(first.body)
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(await effects()).toBe(1)
  })

  test('is the same in quotes, and with the body members in another order', async () => {
    const app = start()
    const first = await send(app, { body: { word: 'a', size: 1 } })
    const again = await send(app, { key: '"k1"', body: { size: 1, word: 'a' } })
    expect(again.body).toBe(first.body)
    expect(await effects()).toBe(1)
  })

  test('with another body is 422', async () => {
    const app = start()
    await send(app)
    const reply = await send(app, { body: { word: 'b' } })
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'idempotency_key_reused'])
    expect(await effects()).toBe(1)
  })

  test('of another caller, another address or another route is another key', async () => {
    const app = start()
    const others: Sending[] = [
      {},
      { from: '203.0.113.7' },
      { as: 'ada' },
      { as: 'bob' },
      { url: '/make-else' },
    ]
    const ids = []
    for (const other of others) ids.push((await send(app, other)).json().id)
    expect(ids).toEqual([1, 2, 3, 4, 5])
    expect((await send(app, { as: 'ada', from: '203.0.113.7' })).json().id).toBe(3)
  })

  test('is still known after a restart', async () => {
    const before = start()
    const first = await send(before)
    await before.close()
    expect((await send(start())).body).toBe(first.body)
    expect(await effects()).toBe(1)
  })

  test('is a new one after a day, whether the record was deleted yet or not', async () => {
    const app = start()
    await send(app)
    await db.owner.query(`update invites.idempotency set at = now() - interval '24 hours'`)
    expect((await send(app, { body: { word: 'b' } })).json()).toEqual({ id: 2, word: 'b' })
    expect((await send(app, { body: { word: 'b' } })).json()).toEqual({ id: 2, word: 'b' })
    expect(await records()).toBe(1)
  })

  test('gets 410 if what it created no longer exists, and creates nothing', async () => {
    const app = start()
    await send(app)
    await db.owner.query('delete from invites.effects')
    const reply = await send(app)
    expect([reply.statusCode, reply.json().code]).toEqual([410, 'idempotency_effect_gone'])
    expect(await effects()).toBe(0)
  })
})

test('without a key every request has its effect and leaves no record', async () => {
  const app = start()
  for (const id of [1, 2]) {
    const reply = await app.inject({ method: 'POST', url: '/make', payload: { word: 'a' } })
    expect(reply.json().id).toBe(id)
  }
  expect(await records()).toBe(0)
})

test.each([
  ['empty', ''],
  ['256 characters', 'x'.repeat(256)],
  ['no ASCII', 'schl\u00fcssel'],
])('a key that is %s is 400, reported with the errors of the body', async (_what, key) => {
  const reply = await send(start(), { key, body: { word: 7 } })
  expect(reply.statusCode).toBe(400)
  const paths = reply.json().errors.map((error: { path: string }) => error.path)
  expect(paths.sort()).toEqual(['headers.idempotency-key', 'word'])
})

test('a key may have 255 characters', async () => {
  expect((await send(start(), { key: 'x'.repeat(255) })).statusCode).toBe(201)
})

describe('while the first request is in progress', () => {
  test('the same key gets 409 with Retry-After at every replica, and other keys do not wait', async () => {
    const [one, two] = [start(), start()]
    let first: ReturnType<typeof send> | undefined
    await holdingTurnstile(async () => {
      first = send(one)
      first.catch(() => {})
      await waiting(1)
      for (const app of [one, two]) {
        const reply = await send(app)
        expect([reply.statusCode, reply.json().code]).toEqual([409, 'idempotency_in_progress'])
        expect(reply.headers['retry-after']).toBe('1')
      }
    })
    expect((await first)?.statusCode).toBe(201)
    expect((await send(two)).json()).toEqual({ id: 1, word: 'a' })
    expect(await effects()).toBe(1)
  })

  test('64 concurrent requests over two replicas have one effect, and repeats return it', async () => {
    const replicas = [start(), start()]
    const pick = (n: number) => replicas[n % 2] as FastifyInstance
    const statuses = await Promise.all(
      Array.from({ length: 64 }, async (_, n) => (await send(pick(n))).statusCode),
    )
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(409) ? [201, 409] : [201]))
    expect(await effects()).toBe(1)
    expect((await send(pick(1))).json()).toEqual({ id: 1, word: 'a' })
  })

  test('a killed database connection leaves neither effect nor record, and the key can be retried', async () => {
    const app = start()
    await holdingTurnstile(async () => {
      const first = send(app)
      first.catch(() => {})
      await waiting(1)
      await db.owner.query(`select pg_terminate_backend(pid) ${atTurnstile}`)
      const reply = await first
      expect([reply.statusCode, reply.headers['retry-after']]).toEqual([503, '2'])
    })
    expect([await effects(), await records()]).toEqual([0, 0])
    const again = await send(app)
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, undefined])
    expect(await effects()).toBe(1)
  })
})

test('a rejection leaves no record: the key can be retried, with another body too', async () => {
  const app = start()
  for (let i = 0; i < 2; i++) {
    const reply = await send(app, { body: { word: 'too much' } })
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'full'])
  }
  expect([await effects(), await records()]).toEqual([0, 0])
  expect((await send(app)).statusCode).toBe(201)
})

test('a record contains hashes and a reference, neither the key nor the body', async () => {
  await send(start(), { key: 'ada@example.com', body: { word: 'bob@example.com' } })
  const { rows } = await db.owner.query('select * from invites.idempotency')
  expect(rows).toEqual([
    { key: expect.any(Buffer), body: expect.any(Buffer), effect: 1, at: expect.any(Date) },
  ])
  expect([rows[0].key.length, rows[0].body.length]).toEqual([32, 32])
})

test('deleting expired records keeps those of the last day', async () => {
  const app = start()
  for (let n = 0; n < 7; n++) await send(app, { key: `k${n}` })
  await db.owner.query(`
    update invites.idempotency set at = now() - interval '24 hours'
    where key in (select key from invites.idempotency limit 5)`)
  await deleteExpiredRecords(app.database, 'invites', 2)
  expect(await records()).toBe(2)
})
