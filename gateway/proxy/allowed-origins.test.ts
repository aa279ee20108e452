import { expect, test } from 'vitest'
import { echo, startGateway, startUpstream } from '../testing/start-gateway.ts'

const origin = 'http://localhost:8080'
const join = '/api/waitlist/join'
const asked = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
}

test('a page of a listed origin may call the API and read what it needs', async () => {
  const upstream = await startUpstream(echo)
  const app = await startGateway({
    WAITLIST_URL: upstream.url,
    CORS_ORIGINS: `${origin}, https://a.example`,
  })
  const headers = { origin, ...asked }
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

test('it can read why it is refused, too', async () => {
  const app = await startGateway({ CORS_ORIGINS: origin, VISITOR_REQUESTS_PER_MINUTE: '1' })
  for (const status of [503, 429]) {
    const reply = await app.inject({ method: 'POST', url: join, headers: { origin } })
    expect(reply.statusCode).toBe(status)
    expect(reply.headers['access-control-allow-origin']).toBe(origin)
  }
})

test('other origins are not let in, and other paths not opened', async () => {
  const upstream = await startUpstream(echo)
  const app = await startGateway({ WAITLIST_URL: upstream.url, CORS_ORIGINS: origin })
  const foreign = { origin: 'https://evil.example', ...asked }
  const refused = await app.inject({ method: 'OPTIONS', url: join, headers: foreign })
  expect(refused.headers).not.toHaveProperty('access-control-allow-origin')
  for (const url of ['/status', '/health', '/join.html']) {
    const reply = await app.inject({ url, headers: { origin } })
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
    const preflight = await app.inject({ method: 'OPTIONS', url, headers: { origin, ...asked } })
    expect(preflight.statusCode).toBe(405)
  }
})

test('without the setting no origin is let in', async () => {
  const app = await startGateway({})
  const reply = await app.inject({ method: 'OPTIONS', url: join, headers: { origin, ...asked } })
  expect(reply.statusCode).toBe(405)
  expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
})
