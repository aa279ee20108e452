// Requests of callers that are over a limit: the responses that they get without being handled.

import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { openConnection, requestHead } from '../testing/raw-client.ts'
import { echo, listenGateway, startUpstream } from '../testing/start-gateway.ts'

const ORIGIN = 'http://localhost:8080'

const listen = async (env: NodeJS.ProcessEnv = {}) => {
  const upstream = await startUpstream(echo)
  const { app, port, url } = await listenGateway({
    WAITLIST_URL: upstream.url,
    VISITOR_REQUESTS_PER_MINUTE: '2',
    CORS_ORIGINS: ORIGIN,
    ...env,
  })
  const get = async (
    path: string,
    headers: Record<string, string> = {},
    client = '203.0.113.1',
  ) => {
    const reply = await fetch(url + path, { headers: { 'x-forwarded-for': client, ...headers } })
    return { status: reply.status, headers: reply.headers, body: await reply.text() }
  }
  const statusesOf = async (n: number, ...request: Parameters<typeof get>) => {
    const statuses: number[] = []
    for (let i = 0; i < n; i++) statuses.push((await get(...request)).status)
    return statuses
  }
  return { app, port, upstream, get, statusesOf }
}

const stats = '/api/waitlist/stats'

const rejectedEarly = async (app: FastifyInstance, limit = 'visitor') => {
  const metric = await app.metrics.getSingleMetric('gateway_requests_rejected_early_total')?.get()
  return metric?.values.find(({ labels }) => labels.limit === limit)?.value ?? 0
}

test('an early rejection is the same problem, with the limit, a request id and nothing to store', async () => {
  const { app, get, upstream } = await listen()
  for (const _ of [1, 2]) await get(stats)
  const headers = { 'x-request-id': 'given-by-client', origin: ORIGIN }
  const [handled, early] = [await get(stats, headers), await get(stats, headers)]
  expect(await rejectedEarly(app)).toBe(1)
  expect([handled.status, early.status]).toEqual([429, 429])
  const detail = expect.stringMatching(/^The limit is 2 requests per minute. Retry in \d+ s\.$/)
  expect(JSON.parse(early.body)).toEqual({ ...JSON.parse(handled.body), detail, instance: '/' })
  expect(Object.fromEntries(early.headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'ratelimit-policy': '"visitor";q=2;w=60',
    ratelimit: expect.stringMatching(/^"visitor";r=0;t=\d+$/),
    'retry-after': expect.stringMatching(/^[1-9]\d?$/),
    'x-request-id': 'given-by-client',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': ORIGIN,
    'access-control-expose-headers': handled.headers.get('access-control-expose-headers'),
  })
  expect(upstream.requests).toHaveLength(2)
})

test('the limit is by the address that a trusted proxy names, and by /64 in IPv6', async () => {
  const { app, get, statusesOf } = await listen()
  expect(await statusesOf(4, stats, {}, '2001:db8:1:1::1')).toEqual([200, 200, 429, 429])
  expect((await get(stats, {}, 'unknown, [2001:DB8:1:1:ffff::2]:4711')).status).toBe(429)
  expect(await rejectedEarly(app)).toBe(2)
  expect((await get(stats, {}, '2001:db8:1:1::1, 2001:db8:1:2::1')).status).toBe(200)
})

test('an escaped path counts as an API path; pages and monitors have limits of their own', async () => {
  const { app, get, statusesOf } = await listen({ PAGE_REQUESTS_PER_MINUTE: '3' })
  await statusesOf(3, stats)
  expect((await get('/%61pi/waitlist/stats')).status).toBe(429)
  expect(await rejectedEarly(app)).toBe(1)
  expect(await statusesOf(5, '/health')).toEqual([200, 200, 200, 200, 429])
  expect(await statusesOf(5, '/nowhere')).toEqual([404, 404, 404, 404, 429])
  expect(await rejectedEarly(app, 'page')).toBe(1)
  expect(await rejectedEarly(app, 'monitor')).toBe(1)
})

test('a fragment, which browsers do not send, does not avoid the limit of monitors', async () => {
  const { app, port } = await listen({ PAGE_REQUESTS_PER_MINUTE: '1' })
  const connection = await openConnection(port)
  const ask = requestHead('GET /health#any HTTP/1.1', 'Host: a')
  for (const _ of [1, 2]) {
    connection.write(ask)
    await connection.until('healthy')
  }
  connection.write(ask.repeat(2))
  await connection.until('HTTP/1.1 429')
  expect(await rejectedEarly(app, 'monitor')).toBeGreaterThan(0)
})

describe('a caller with a credential', () => {
  test('passes with a valid key, until the key is over its own limit', async () => {
    const { app, statusesOf } = await listen({ KEY_REQUESTS_PER_MINUTE: '3' })
    expect(await statusesOf(4, stats)).toEqual([200, 200, 429, 429])
    expect(await statusesOf(5, stats, asAdmin)).toEqual([200, 200, 200, 429, 429])
    expect(await rejectedEarly(app, 'key')).toBe(1)
    expect(await statusesOf(1, stats, asAdmin, '203.0.113.2')).toEqual([429])
    expect(await rejectedEarly(app, 'key')).toBe(2)
  })

  test('gains nothing with invented keys, and a valid key passes beside them', async () => {
    const { app, get, statusesOf } = await listen()
    for (let i = 0; i < 32; i++) await get(stats, { authorization: `Bearer invented-${i}` })
    expect(await rejectedEarly(app)).toBe(0)
    expect(await statusesOf(2, stats, { authorization: 'Bearer invented' })).toEqual([429, 429])
    expect(await rejectedEarly(app)).toBe(2)
    expect(await statusesOf(1, stats, asAdmin)).toEqual([200])
  })

  test('counts as a visitor with an invalid key of a route of the gateway, and with a token', async () => {
    const { app, statusesOf } = await listen()
    const invented = { authorization: 'Bearer invented' }
    expect(await statusesOf(3, '/status', invented)).toEqual([401, 401, 401])
    expect(await statusesOf(1, stats, asMember('ada@example.com'))).toEqual([429])
    expect(await rejectedEarly(app)).toBe(1)
  })
})

test('a page learns by its preflight that it may read the rejection', async () => {
  const { port, statusesOf } = await listen()
  await statusesOf(3, stats)
  const reply = await fetch(`http://127.0.0.1:${port}${stats}`, {
    method: 'OPTIONS',
    headers: {
      'x-forwarded-for': '203.0.113.1',
      origin: ORIGIN,
      'access-control-request-method': 'POST',
    },
  })
  expect(reply.status).toBe(204)
})

describe('a client that ignores a hundred rejections', () => {
  const ask = requestHead(`GET ${stats} HTTP/1.1`, 'Host: a')
  const repeat = async (env: NodeJS.ProcessEnv) => {
    const { app, port } = await listen(env)
    const connection = await openConnection(port)
    connection.write(ask.repeat(3))
    await connection.until('HTTP/1.1 429')
    connection.write(ask.repeat(100))
    await expect.poll(() => rejectedEarly(app)).toBe(100)
    return { app, port, connection }
  }

  test('waits for the next one, and its connection closes', async () => {
    const { port } = await repeat({ TRUSTED_PROXIES: '10.0.0.0/8' })
    const another = await openConnection(port)
    another.write(ask)
    const reply = await another.closed()
    expect(reply).toMatch(/^HTTP\/1.1 429 /)
    expect(reply).toMatch(/^connection: close/im)
  })

  test('loses its connection if it does not wait', async () => {
    const { app, port } = await repeat({ TRUSTED_PROXIES: '10.0.0.0/8' })
    const another = await openConnection(port)
    another.write(ask.repeat(2))
    expect(await another.closed()).toBe('')
    expect(await rejectedEarly(app)).toBe(100)
  })

  test('does not close the connection of a trusted proxy', async () => {
    const { connection } = await repeat({})
    connection.write(ask.replace('Host', 'X-Forwarded-For: 203.0.113.9\r\nHost'))
    expect(await connection.until('"method":"GET"')).toContain('HTTP/1.1 200 ')
  })

  test('is logged once, with the number of rejections', async () => {
    const { app } = await repeat({})
    const warn = vi.spyOn(app.log, 'warn')
    await app.close()
    const line = { client: '127.0.0.1', limit: 'visitor', rejected: 100 }
    expect(warn.mock.calls).toEqual([[line, 'requests rejected early']])
  })
})
