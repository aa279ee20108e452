import { ADMIN_KEY, asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { echo, startGateway, startUpstream } from '../testing/start-gateway.ts'

const limited = async (env: NodeJS.ProcessEnv = {}) => {
  const upstream = await startUpstream(echo)
  const settings = { VISITOR_REQUESTS_PER_MINUTE: '2', KEY_REQUESTS_PER_MINUTE: '5' }
  const app = await startGateway({ WAITLIST_URL: upstream.url, ...settings, ...env })
  return { upstream, app }
}

const from = (app: FastifyInstance, remoteAddress: string, headers = {}) =>
  app.inject({ url: '/api/waitlist/stats', remoteAddress, headers })

const statuses = async (app: FastifyInstance, n: number, headers: Record<string, string>) => {
  const found: number[] = []
  for (let i = 0; i < n; i++) found.push((await from(app, '203.0.113.1', headers)).statusCode)
  return found
}

describe('a visitor', () => {
  test('reads its limit in every response, and over the limit when to retry', async () => {
    const { app, upstream } = await limited()
    const first = await from(app, '203.0.113.1')
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"visitor";q=2;w=60',
      ratelimit: '"visitor";r=1;t=60',
    })
    await from(app, '203.0.113.1')
    const third = await from(app, '203.0.113.1')
    expect(third.statusCode).toBe(429)
    expect(third.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'ratelimit-policy': '"visitor";q=2;w=60',
      ratelimit: expect.stringMatching(/^"visitor";r=0;t=\d+$/),
      'retry-after': expect.stringMatching(/^[1-9]\d?$/),
    })
    expect(third.json().code).toBe('too_many_requests')
    expect(upstream.requests).toHaveLength(2)
  })

  test('does not use up the limit of another address', async () => {
    const { app } = await limited()
    expect(await statuses(app, 3, {})).toEqual([200, 200, 429])
    expect((await from(app, '203.0.113.2')).statusCode).toBe(200)
  })

  test('has one limit for a whole /64 in IPv6', async () => {
    const { app } = await limited()
    const seen: number[] = []
    for (const last of ['1', '2:3', 'ffff:2:3']) {
      seen.push((await from(app, `2001:db8:1:1::${last}`)).statusCode)
    }
    expect(seen).toEqual([200, 200, 429])
    expect((await from(app, '2001:db8:1:2::1')).statusCode).toBe(200)
  })

  test('gains no requests with invented credentials', async () => {
    const { app } = await limited()
    const seen: number[] = []
    for (const key of ['invented-1', 'invented-2', 'invented-3']) {
      const reply = await from(app, '203.0.113.1', { authorization: `Bearer ${key}` })
      seen.push(reply.statusCode)
    }
    expect(seen).toEqual([200, 200, 429])
  })
})

test('a key has its own limit, whatever address it is used from', async () => {
  const { app } = await limited()
  expect(await statuses(app, 3, {})).toEqual([200, 200, 429])
  expect(await statuses(app, 4, asAdmin)).toEqual([200, 200, 200, 200])
  const fifth = await from(app, '198.51.100.9', asAdmin)
  expect(fifth.headers).toMatchObject({
    'ratelimit-policy': '"key";q=5;w=60',
    ratelimit: expect.stringMatching(/^"key";r=0;t=\d+$/),
  })
  expect((await from(app, '198.51.100.9', asAdmin)).statusCode).toBe(429)
  expect(JSON.stringify(fifth.headers)).not.toContain(ADMIN_KEY)
})

test('requests for health, readiness and metrics do not count', async () => {
  const { app } = await limited()
  for (let i = 0; i < 7; i++) {
    for (const [url, status] of [
      ['/health', 200],
      ['/ready', 503],
      ['/metrics', 200],
    ] as const) {
      const reply = await app.inject({ url, headers: url === '/metrics' ? asAdmin : {} })
      expect(reply.statusCode).toBe(status)
      expect(reply.headers).not.toHaveProperty('ratelimit')
    }
  }
  expect((await app.inject('/r/CODE')).headers.ratelimit).toBe('"visitor";r=1;t=60')
})

test('pages and their files have a limit of their own for each address', async () => {
  const { app } = await limited({ PAGE_REQUESTS_PER_MINUTE: '4' })
  const get = async (url: string, remoteAddress = '203.0.113.1') => {
    const { statusCode, headers } = await app.inject({ url, remoteAddress })
    return [statusCode, headers['ratelimit-policy']]
  }
  for (const url of ['/join.html', '/join.js', '/openapi.json', '/docs/errors']) {
    expect(await get(url)).toEqual([200, '"page";q=4;w=60'])
  }
  expect(await get('/docs/errors')).toEqual([429, '"page";q=4;w=60'])
  expect(await get('/docs/errors', '203.0.113.2')).toEqual([200, '"page";q=4;w=60'])
  expect(await statuses(app, 3, {})).toEqual([200, 200, 429])
})

test('with RATE_LIMITS=off no request counts', async () => {
  const { app } = await limited({ RATE_LIMITS: 'off' })
  expect(await statuses(app, 7, {})).toEqual(Array(7).fill(200))
  expect((await from(app, '203.0.113.1')).headers).not.toHaveProperty('ratelimit')
})
