// A batch of any size as one reply: committed first, then sent, in the accepted format.
import { once } from 'node:events'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { identifyBy } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'
import { type Batch, findBatch } from './batch-codes.ts'
import { streamCodes } from './code-stream.ts'

const db = useDatabase()
let app: FastifyInstance
let address: URL

const bearing = (secret: string) => ({ authorization: `Bearer ${secret}` })
const writes = bearing('writes-invites')
const reads = bearing('reads-invites')
const keys = [
  { name: 'host', secret: 'writes-invites', scopes: ['invites:write'] },
  { name: 'reader', secret: 'reads-invites', scopes: ['invites:read'] },
] as const

beforeAll(async () => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites), identifyBy(keys))
  address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => app.close())

const generate = (payload: object, accept?: string) =>
  app.inject({
    method: 'POST',
    url: '/api/invites/generate',
    headers: { ...writes, ...(accept ? { accept } : {}) },
    payload,
  })

const download = (batch: string, headers: Record<string, string> = reads) =>
  app.inject({ url: `/api/invites/batches/${encodeURIComponent(batch)}/codes`, headers })

const stored = async (batch: string): Promise<string[]> => {
  const { rows } = await db.owner.query(
    `select code from invites.codes join invites.batches as b on b.id = batch
     where batch_id = $1 order by codes.id`,
    [batch],
  )
  return rows.map((row) => row.code)
}

/** Resolves when the service has `n` connections for which `where` is true. */
const connections = (n: number, where: string) =>
  vi.waitFor(async () => {
    const { rows } = await db.owner.query(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'invites' and ${where}`,
    )
    expect(rows[0].n).toBe(n)
  }, 50_000)
const nobodyInTransaction = () => connections(0, 'xact_start is not null')

/** Sends a request and returns its socket, unread. */
const ask = (batch: object) => {
  const body = JSON.stringify(batch)
  const head = [
    'POST /api/invites/generate HTTP/1.1',
    'Host: invites',
    `Authorization: ${writes.authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  const socket = connect(Number(address.port), address.hostname)
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  return socket
}

describe('the format of the codes', () => {
  test('is JSON, of any number of pages', async () => {
    for (const batch_size of [1, 9_999, 10_000, 10_001, 25_000]) {
      const batch_id = `json ${batch_size}`
      const reply = await generate({ batch_size, batch_id })
      expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(reply.json()).toEqual({
        status: 'success',
        batch_id,
        generated: batch_size,
        codes: await stored(batch_id),
      })
    }
  })

  test('is the same over a real connection', async () => {
    const reply = await fetch(new URL('/api/invites/generate', address), {
      method: 'POST',
      headers: { ...writes, 'content-type': 'application/json' },
      body: JSON.stringify({ batch_size: 40_000, batch_id: 'wire' }),
    })
    expect([reply.status, await reply.json()]).toMatchObject([201, { codes: await stored('wire') }])
  })

  test('is CSV with a header, if the client accepts that', async () => {
    const reply = await generate({ batch_size: 10_002, batch_id: 'as csv' }, 'text/csv')
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([
      201,
      'text/csv; charset=utf-8',
    ])
    expect(reply.body).toBe(`${['code', ...(await stored('as csv'))].join('\r\n')}\r\n`)
  })

  test('is one JSON object a line, if the client accepts that', async () => {
    const accept = 'application/x-ndjson, application/json;q=0.5'
    const reply = await generate({ batch_size: 10_002, batch_id: 'as ndjson' }, accept)
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([201, 'application/x-ndjson'])
    const lines = (await stored('as ndjson')).map((code) => `${JSON.stringify({ code })}\n`)
    expect(reply.body).toBe(lines.join(''))
  })

  test('contains no formula for a spreadsheet', async () => {
    const reply = await generate({ batch_size: 2, prefix: '-1-' }, 'text/csv')
    expect(reply.body).toMatch(/^code\r\n('-1-[0-9A-F]{12}\r\n){2}$/)
  })

  test('of an error is a problem, whatever the client accepts', async () => {
    const reply = await generate({ batch_size: 0 }, 'text/csv')
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([
      400,
      'application/problem+json',
    ])
  })
})

describe('a committed batch', () => {
  test('can be downloaded again, in every format', async () => {
    const made = await generate({ batch_size: 12_000, batch_id: 'again/and again' })
    const same = await download('again/and again')
    expect([same.statusCode, same.json()]).toEqual([200, made.json()])
    const csv = await download('again/and again', { ...reads, accept: 'text/csv' })
    expect(csv.body.trim().split('\r\n').slice(1)).toEqual(made.json().codes)
    const ndjson = await download('again/and again', { ...reads, accept: 'application/x-ndjson' })
    expect(ndjson.body.split('\n').filter(Boolean)).toHaveLength(12_000)
  })

  test('needs a key that may read, and is 404 if it does not exist', async () => {
    expect((await download('no such batch')).json()).toMatchObject({
      status: 404,
      code: 'unknown_batch',
    })
    expect((await download('no such batch', {})).statusCode).toBe(401)
    expect((await download('no such batch', writes)).statusCode).toBe(403)
  })

  test('is read as fast as the client reads, without an open transaction', async () => {
    await generate({ batch_size: 60_000, batch_id: 'slow' })
    let pages = 0
    const counted = {
      query: (...asked: Parameters<typeof app.database.query>) => {
        pages++
        return app.database.query(...asked)
      },
    } as Database
    const reply = { request: { headers: {} }, type: () => {} } as unknown as FastifyReply
    const batch = (await findBatch(app.database, 'slow')) as Batch
    const stream = streamCodes(reply, counted, batch)
    await once(stream, 'readable')
    for (let i = 0; i < 5; i++) await nobodyInTransaction()
    expect(pages).toBeLessThan(3)
    expect((await json(stream)) as object).toMatchObject({ codes: await stored('slow') })
    expect(pages).toBe(6)
  })
})

describe('a client that disconnects', () => {
  test('before the commit leaves nothing', async () => {
    const other = await db.owner.connect()
    onTestFinished(() => other.release(true))
    await other.query('begin; lock table invites.codes in share mode')
    const connected = once(app.server, 'connection')
    const socket = ask({ batch_size: 40_000, batch_id: 'abandoned' })
    await connections(1, `wait_event_type = 'Lock'`)
    const [atServer] = await connected
    const left = once(atServer, 'close')
    socket.destroy()
    await left
    await other.query('commit')
    await nobodyInTransaction()
    expect((await download('abandoned')).statusCode).toBe(404)
    expect(await stored('abandoned')).toEqual([])
    const { rows } = await db.owner.query(
      `select from quality_gates.inbox where payload ->> 'batch_id' = 'abandoned'`,
    )
    expect(rows).toEqual([])
  })
})
