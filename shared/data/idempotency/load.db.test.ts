// Many requests with an Idempotency-Key at once, of a route that does not batch them.
import { buildBareService } from '@vobee/testing/bare-service'
import { useDatabase } from '@vobee/testing/database'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { visitor } from '../../auth/callers.ts'
import { route } from '../../http/route.ts'
import { idempotency, storingReply } from './idempotency.ts'

const db = useDatabase()
const POOL = 6
const WAITING = 512

const start = () => {
  const app = buildBareService(db.urls.invites, { env: { DATABASE_POOL: String(POOL) } })
  const idempotent = idempotency(app.database, 'invites', 'a-secret-of-more-than-32-characters')
  const guard = {
    method: 'POST',
    url: '/wait',
    operationId: 'wait',
    summary: 'x',
    auth: visitor,
    idempotent: true,
  } as const
  route(app, { ...guard, replies: [200, z.object({})] }, (input) => {
    const action = storingReply(async (connection) => {
      const text = connection ? 'select pg_advisory_xact_lock_shared(42)' : 'select 1'
      await (connection ?? app.database).query(text)
      return {}
    })
    return idempotent(input, action)
  })
  onTestFinished(() => app.close())
  return app
}

test('requests with a key leave half of the connections to others; too many are rejected at once', async () => {
  const app = start()
  const send = (key?: string) =>
    app.inject({ method: 'POST', url: '/wait', headers: key ? { 'idempotency-key': key } : {} })
  const holder = await db.owner.connect()
  onTestFinished(() => holder.release(true))
  await holder.query('select pg_advisory_lock(42)')
  const replies: Awaited<ReturnType<typeof send>>[] = []
  const sent = Array.from({ length: WAITING + 8 }, async (_, n) => {
    replies.push(await send(`k${n}`))
  })
  await expect.poll(() => replies.length).toBe(8)
  for (const reply of replies) {
    expect([reply.statusCode, reply.json().code]).toEqual([503, 'overloaded'])
    expect(reply.headers['retry-after']).toBe('1')
  }
  const plain = await Promise.all(Array.from({ length: 16 }, () => send()))
  expect(plain.map(({ statusCode }) => statusCode)).toEqual(Array(16).fill(200))
  await expect
    .poll(async () => {
      const text = `select 1 from pg_locks where locktype = 'advisory' and objid = 42 and not granted`
      return (await db.owner.query(text)).rowCount
    })
    .toBe(POOL / 2)
  await holder.query('select pg_advisory_unlock(42)')
  await Promise.all(sent)
  expect(replies.slice(8).map(({ statusCode }) => statusCode)).toEqual(Array(WAITING).fill(200))
})
