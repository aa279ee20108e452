import { expect, test } from 'vitest'
import { echo, startGateway, startUpstream } from '../testing/start-gateway.ts'

const origin = 'http://localhost:8080'
const join = '/api/waitlist/join'
const preflightHeaders = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
}

test('a page of a listed origin can call the API and read the response headers that it needs', async () => {
  const upstream = await startUpstream(echo)
  const app = await startGateway({
    WAITLIST_URL: upstream.url,
    CORS_ORIGINS: `${origin}, https://a.example`,
  })
  const headers = { origin, ...preflightHeaders }
  const preflight = await app.inject({ method: 'OPTIONS', url: join, headers })
  expect(preflight.statusCode).toBe(204)
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': expect.stringContaining('POST'),
    'access-control-allow-headers': 'content-type',
  })
  expect(upstream.requests).toHaveLength(0)
  const reply = await app.inject({ method: 'POST', url: join, headers: { origin } })
  expect(reply.statusCode).toBe(200)
  expect(reply.headers['access-control-allow-origin']).toBe(origin)
  expect(reply.headers['access-control-expose-headers']).toBe(
    'Idempotent-Replayed, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
  )
  expect(reply.headers.vary).toContain('Origin')
})

test('a page of a listed origin can read an error', async () => {
  const app = await startGateway({ CORS_ORIGINS: origin, VISITOR_REQUESTS_PER_MINUTE: '1' })
  for (const status of [503, 429]) {
    const reply = await app.inject({ method: 'POST', url: join, headers: { origin } })
    expect(reply.statusCode).toBe(status)
    expect(reply.headers['access-control-allow-origin']).toBe(origin)
  }
})

test('other origins are not allowed, and no paths outside the API', async () => {
  const upstream = await startUpstream(echo)
  const app = await startGateway({ WAITLIST_URL: upstream.url, CORS_ORIGINS: origin })
  const foreign = { origin: 'https://evil.example', ...preflightHeaders }
  const rejected = await app.inject({ method: 'OPTIONS', url: join, headers: foreign })
  expect(rejected.headers).not.toHaveProperty('access-control-allow-origin')
  for (const url of ['/status', '/health', '/join.html']) {
    const reply = await app.inject({ url, headers: { origin } })
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
    const preflight = await app.inject({
      method: 'OPTIONS',
      url,
      headers: { origin, ...preflightHeaders },
    })
    expect(preflight.statusCode).toBe(405)
  }
})

test('without the setting no origin is allowed', async () => {
  const app = await startGateway({})
  const reply = await app.inject({
    method: 'OPTIONS',
    url: join,
    headers: { origin, ...preflightHeaders },
  })
  expect(reply.statusCode).toBe(405)
  expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
})
