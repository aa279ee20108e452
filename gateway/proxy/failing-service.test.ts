import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { findFreePort } from '@vobee/local/processes/ports'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { expect, test, vi } from 'vitest'
import { openConnection, requestHead } from '../testing/raw-client.ts'
import {
  DOWN_URL,
  echo,
  json,
  listenGateway,
  startGateway,
  startUpstream,
} from '../testing/start-gateway.ts'
import { MAX_CONNECTIONS } from './upstreams.ts'

const LONG = 64 * 1024 * 1024

test('a service that is down is a 503 with Retry-After and without its address', async () => {
  const app = await startGateway({ WAITLIST_URL: DOWN_URL })
  const payload = { email: 'user@example.com' }
  const reply = await app.inject({ method: 'POST', url: '/api/waitlist/join', payload })
  expect(reply.statusCode).toBe(503)
  expect(reply.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': '1',
  })
  expect(reply.json()).toMatchObject({ code: 'unavailable', instance: '/api/waitlist/*' })
  expect(reply.body).not.toMatch(/127\.0\.0\.1|:9\b|ECONN|stack/)
})

test('a service that hangs is a 503 within the timeout, and the others respond meanwhile', async () => {
  const hung = await startUpstream(() => {})
  const healthy = await startUpstream(echo)
  const app = await startGateway({
    INVITES_URL: hung.url,
    WAITLIST_URL: healthy.url,
    UPSTREAM_TIMEOUT_MS: '2000',
  })
  let hanging = true
  const responses = Promise.all(
    Array.from({ length: 64 }, () => app.inject('/api/invites/x/status')),
  )
  responses.then(() => {
    hanging = false
  })
  const others = Array.from({ length: 20 }, () => app.inject('/api/waitlist/stats'))
  for (const { statusCode } of await Promise.all(others)) expect(statusCode).toBe(200)
  expect(hanging).toBe(true)
  const replies = await responses
  expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(new Set([503]))
  // The circuit is open: no request reaches it.
  const before = hung.requests.length
  const rejected = await app.inject('/api/invites/x/status')
  expect([rejected.statusCode, rejected.headers['retry-after']]).toEqual([503, '1'])
  expect(hung.requests).toHaveLength(before)
})

test('requests over the limit of connections are rejected at once', async () => {
  const held: ServerResponse[] = []
  const upstream = await startUpstream((_request, reply) => held.push(reply))
  const app = await startGateway({ INVITES_URL: upstream.url, RATE_LIMITS: 'off' })
  const sent = Array.from({ length: MAX_CONNECTIONS }, () => app.inject('/api/invites/x/status'))
  await expect.poll(() => held).toHaveLength(MAX_CONNECTIONS)
  const rejected = await app.inject('/api/invites/x/status')
  expect([rejected.statusCode, rejected.json().code]).toEqual([503, 'overloaded'])
  expect(rejected.headers['retry-after']).toBe('1')
  for (const reply of held) json(reply, {})
  const statuses = (await Promise.all(sent)).map(({ statusCode }) => statusCode)
  expect(new Set(statuses)).toEqual(new Set([200]))
  held.length = 0
  const next = app.inject('/api/invites/x/status')
  await expect.poll(() => held).toHaveLength(1)
  for (const reply of held) json(reply, {})
  expect((await next).statusCode).toBe(200)
})

test('a service that recovers receives requests again after the circuit was open', async () => {
  const port = await findFreePort()
  const first = await startUpstream(echo, { port })
  const app = await startGateway({ WAITLIST_URL: first.url })
  await first.close()
  for (let i = 0; i < 6; i++) {
    expect((await app.inject('/api/waitlist/stats')).statusCode).toBe(503)
  }
  const again = await startUpstream(echo, { port })
  // The service is up, but the circuit is still open.
  expect((await app.inject('/api/waitlist/stats')).statusCode).toBe(503)
  expect(again.requests).toHaveLength(0)
  await expect.poll(async () => (await app.inject('/api/waitlist/stats')).statusCode).toBe(200)
  expect((await app.inject('/api/waitlist/stats')).statusCode).toBe(200)
})

test('an error response does not count as a failure of the service', async () => {
  const upstream = await startUpstream((_request, reply) => json(reply, {}, 500))
  const app = await startGateway({ WAITLIST_URL: upstream.url })
  for (let i = 0; i < 20; i++) {
    expect((await app.inject('/api/waitlist/stats')).statusCode).toBe(500)
  }
})

test('a service that disconnects within a small response is a complete 503', async () => {
  const upstream = await startUpstream((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/csv', 'content-length': '100', etag: '"1"' })
    reply.write('half', () => reply.destroy())
  })
  const app = await startGateway({ WAITLIST_URL: upstream.url })
  const reply = await app.inject('/api/waitlist/stats')
  expect([reply.statusCode, reply.json().code]).toEqual([503, 'unavailable'])
  expect(reply.headers).not.toHaveProperty('etag')
})

test('a long response streams, and may take longer than the timeout for its start', async () => {
  let service: ServerResponse | undefined
  const upstream = await startUpstream((_request, reply) => {
    service = reply
    reply.writeHead(200, { 'content-type': 'application/x-ndjson' })
    reply.write('first\n')
  })
  const { url } = await listenGateway({ INVITES_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '100' })
  const reply = await fetch(`${url}/api/invites/generate`, { method: 'POST' })
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first\n')
  // Ten times the timeout.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  service?.end('last\n')
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last\n')
  expect((await reader.read()).done).toBe(true)
})

test('the timeout for the start of a response is longer with a valid key only', async () => {
  const upstream = await startUpstream((_request, reply) => {
    setTimeout(() => json(reply, {}), 1_500)
  })
  const env = { INVITES_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '100', KEY_TIMEOUT_MS: '10000' }
  const app = await startGateway(env)
  const generate = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/invites/generate', headers })
  const replies = await Promise.all([
    generate({}),
    generate({ authorization: 'Bearer no-key-at-all' }),
    generate(asMember('ada@example.com')),
    generate(asAdmin),
  ])
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 200])
})

test('a client that disconnects before the response cancels the request, which is no failure', async () => {
  const received: IncomingMessage[] = []
  const upstream = await startUpstream((request, reply) => {
    if (request.method === 'GET') return json(reply, {})
    received.push(request)
  })
  const { url } = await listenGateway({ INVITES_URL: upstream.url })
  for (let i = 1; i <= 8; i++) {
    const abort = new AbortController()
    const signal = abort.signal
    const response = fetch(`${url}/api/invites/generate`, { method: 'POST', signal })
    await expect.poll(() => received).toHaveLength(i)
    const canceled = once((received[i - 1] as IncomingMessage).socket, 'close')
    abort.abort()
    await expect(response).rejects.toThrow()
    await canceled
  }
  expect((await fetch(`${url}/api/invites/x/status`)).status).toBe(200)
})

test('a client that closes its side of the connection early is no failure', async () => {
  const upstream = await startUpstream((request, reply) => {
    const body = 'x'.repeat(request.url?.endsWith('long') ? 100_000 : 10)
    setTimeout(() => reply.writeHead(200, { 'content-length': body.length }).end(body), 50)
  })
  const { url, port } = await listenGateway({ INVITES_URL: upstream.url })
  for (const path of ['short', 'long', 'short', 'long', 'short', 'long']) {
    const connection = await openConnection(port)
    connection.write(requestHead(`GET /api/invites/${path} HTTP/1.1`, 'Host: a'))
    connection.end()
    await connection.closed()
  }
  expect((await fetch(`${url}/api/invites/short`)).status).toBe(200)
})

test('a client that reads slowly slows the service down instead of filling the memory', async () => {
  let sent = 0
  const upstream = await startUpstream(async (_request, reply) => {
    for (; sent < LONG && !reply.destroyed; sent += 16_384) {
      if (!reply.write(Buffer.alloc(16_384))) await once(reply, 'drain')
    }
    reply.end()
  })
  const { url } = await listenGateway({ INVITES_URL: upstream.url })
  const reply = await fetch(`${url}/api/invites/generate`, { method: 'POST' })
  let before = -1
  await vi.waitFor(
    () => {
      const held = before === sent
      before = sent
      expect(held).toBe(true)
    },
    { timeout: 10_000, interval: 300 },
  )
  expect(sent).toBeLessThan(LONG / 2)
  expect((await reply.arrayBuffer()).byteLength).toBe(LONG)
})

test('a client that disconnects within a long response cancels the request', async () => {
  let canceled: Promise<unknown> = Promise.resolve()
  const upstream = await startUpstream((_request, reply) => {
    canceled = once(reply, 'close')
    reply.writeHead(200)
    reply.write('first\n')
  })
  const { url } = await listenGateway({ INVITES_URL: upstream.url })
  const abort = new AbortController()
  await fetch(`${url}/api/invites/export`, { signal: abort.signal })
  abort.abort()
  await canceled
})
