import { buildBareService } from '@vobee/testing/bare-service'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { expectWithinASecond } from '@vobee/testing/within-a-second'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { key } from './callers.ts'
import { generateKey } from './keys.ts'

const db = useDatabase()
const apps: FastifyInstance[] = []

/** A process of a service; `started` counts its statements. */
const start = (url = db.urls.invites) => {
  const app = buildBareService(url)
  const auth = key('invites:write')
  const replies: [number, typeof Reply] = [200, Reply]
  route(
    app,
    { method: 'GET', url: '/who', operationId: 'test', summary: 'x', auth, replies },
    ({ caller }) => caller,
  )
  apps.push(app)
  return app
}
const Reply = z.object({ kind: z.string(), id: z.string().optional(), name: z.string().optional() })

const make = async (more: { scopes?: string[]; expires?: string; revoked?: boolean } = {}) => {
  const { id, key: secret, hash } = generateKey()
  await db.owner.query(
    `insert into access.keys (id, hash, name, scopes, created_by, expires_at, revoked_at)
     values ($1, $2, 'crm', $3, 'ada', now() + $4::interval, case when $5 then now() end)`,
    [id, hash, more.scopes ?? ['invites:write'], more.expires ?? null, more.revoked ?? false],
  )
  return { id, key: secret }
}

const ask = (app: FastifyInstance, secret: string, url = '/who') =>
  app.inject({ url, headers: { authorization: `Bearer ${secret}` } })

const status = async (app: FastifyInstance, secret: string) => (await ask(app, secret)).statusCode

const lastUse = async (id: string) =>
  (await db.owner.query('select last_used_at from access.keys where id = $1', [id])).rows[0]
    .last_used_at

beforeEach(db.empty)
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

describe('a stored key', () => {
  test('works at once in a process that started before the key was created', async () => {
    const app = start()
    await app.ready()
    const { id, key: secret } = await make()
    const reply = await ask(app, secret)
    expect([reply.statusCode, reply.json()]).toEqual([200, { kind: 'key', id, name: 'crm' }])
  })

  test('works right after a request with its id and another secret', async () => {
    const app = start()
    const { id, key: secret } = await make()
    expect(await status(app, `vk_${id}_${'0'.repeat(48)}`)).toBe(401)
    expect(await status(app, secret)).toBe(200)
  })

  test('allows what its scopes allow and no more', async () => {
    const app = start()
    const reply = await ask(app, (await make({ scopes: ['invites:read'] })).key)
    expect([reply.statusCode, reply.json().code]).toEqual([403, 'insufficient_scope'])
    expect(await status(app, (await make({ scopes: ['admin'] })).key)).toBe(200)
  })

  test.each([
    ['revoked', { revoked: true }],
    ['expired', { expires: '-1 second' }],
  ])('that is %s is rejected, and the error says so', async (state, more) => {
    const reply = await ask(start(), (await make(more)).key)
    expect(reply.statusCode).toBe(401)
    expect(reply.headers['www-authenticate']).toBe('Bearer')
    expect(reply.json().detail).toContain(`This key is ${state}.`)
  })

  test('is rejected on public routes too if it is invalid', async () => {
    const { id } = await make({ revoked: true })
    const reply = await ask(start(), `vk_${id}_${'0'.repeat(48)}`, '/health')
    expect(reply.statusCode).toBe(401)
    expect(reply.json().detail).not.toContain('revoked')
  })
})

test('a wrong secret, an unknown id and a malformed key get the same error', async () => {
  const app = start()
  const { id } = await make()
  const wrong = [`vk_${id}_${'0'.repeat(48)}`, `vk_000000000000_${'0'.repeat(48)}`, 'vk_', 'x']
  const replies = await Promise.all(wrong.map((secret) => ask(app, secret)))
  const said = replies.map((reply) => ({ ...reply.json(), request_id: '' }))
  for (const one of said) expect(one).toEqual(said[0])
  expect(said[0]).toMatchObject({ status: 401, code: 'invalid_credential' })
})

test('every process rejects a revoked key within a second, under load too', async () => {
  const { id, key: secret } = await make()
  const processes = [start(), start()]
  for (const app of processes) expect(await status(app, secret)).toBe(200)
  await db.owner.query('update access.keys set revoked_at = now() where id = $1', [id])
  await Promise.all(processes.map((app) => expectWithinASecond(401, () => status(app, secret))))
})

test('concurrent requests with one key share one look-up', async () => {
  const { key: secret } = await make()
  const app = start()
  await app.ready()
  const asked: unknown[] = []
  const query = app.database.query.bind(app.database)
  app.database.query = ((...args: Parameters<typeof query>) => {
    asked.push(args[0])
    return query(...args)
  }) as typeof query
  const statuses = await Promise.all(Array.from({ length: 64 }, () => status(app, secret)))
  expect(statuses).toEqual(Array(64).fill(200))
  expect(asked.filter((one) => typeof one === 'object')).toHaveLength(1)
})

test('without the database a stored key gets 503 after a second, and the env key works', async () => {
  const app = start('postgres://x@127.0.0.1:1/x')
  const { key: secret } = await make()
  const reply = await ask(app, secret)
  expect([reply.statusCode, reply.json().code]).toEqual([503, 'database_unavailable'])
  expect(reply.headers['retry-after']).toBe('2')
  expect((await app.inject({ url: '/who', headers: asAdmin })).statusCode).toBe(200)
})

test('a cached key is not used for longer than a second if the database fails', async () => {
  const { key: secret } = await make()
  const app = start()
  expect(await status(app, secret)).toBe(200)
  await db.owner.query('alter schema access rename to access_gone')
  await expectWithinASecond(503, () => status(app, secret))
  await db.owner.query('alter schema access_gone rename to access')
  expect(await status(app, secret)).toBe(200)
})

describe('the last use', () => {
  test('is recorded at most once a minute, from any number of processes', async () => {
    const { id, key: secret } = await make()
    await status(start(), secret)
    await expect.poll(() => lastUse(id)).not.toBeNull()
    const first = await lastUse(id)
    const other = start()
    await status(other, secret)
    await other.close()
    expect(await lastUse(id)).toEqual(first)
    await db.owner.query(`update access.keys set last_used_at = now() - interval '61 seconds'`)
    await status(start(), secret)
    await expect.poll(() => lastUse(id)).toSatisfy((at: Date) => at > first)
  })

  test('is not recorded for a request that only knows the id', async () => {
    const { id } = await make()
    const app = start()
    await status(app, `vk_${id}_${'0'.repeat(48)}`)
    await app.close()
    expect(await lastUse(id)).toBeNull()
  })
})
