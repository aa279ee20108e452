import { describe, expect, test } from 'vitest'
import { openConnection, requestHead } from '../testing/raw-client.ts'
import { echo, json, listenGateway, startGateway, startUpstream } from '../testing/start-gateway.ts'

const service = (reply: { json(): { service?: string } }) => reply.json().service

describe('paths', () => {
  test('each prefix reaches its own service, and both spellings reach referrals', async () => {
    const named = async (service: string) =>
      (await startUpstream((request, reply) => json(reply, { service, url: request.url }))).url
    const app = await startGateway({
      WAITLIST_URL: await named('waitlist'),
      INVITES_URL: await named('invites'),
      REFERRALS_URL: await named('referrals'),
      QUALITY_GATES_URL: await named('quality-gates'),
    })
    const serviceByUrl = {
      '/api/waitlist/stats?a=1&b=%20': 'waitlist',
      '/api/invites/CODE/status': 'invites',
      '/api/referrals/leaderboard': 'referrals',
      '/api/referral/stats': 'referrals',
      '/api/quality/trust-score': 'quality-gates',
    }
    for (const [url, name] of Object.entries(serviceByUrl)) {
      const reply = await app.inject(url)
      expect(service(reply)).toBe(name)
      expect(reply.json().url).toBe(url)
    }
  })

  test('an unknown path under /api is a 404 problem, whatever the method', async () => {
    const app = await startGateway({ CORS_ORIGINS: 'http://localhost:8080' })
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      for (const url of ['/api/unknown', '/api/waitlist', '/api/waitlistx/join', '/api']) {
        const reply = await app.inject({ method, url })
        expect(reply.statusCode).toBe(404)
        expect(reply.headers['content-type']).toBe('application/problem+json')
        expect(reply.json().code).toBe('not_found')
      }
    }
  })

  test('a path that is too long or malformed is a problem and reaches no service', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const broken = await app.inject('/api/waitlist/%zz')
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'bad_request'])
    expect(broken.headers['content-type']).toBe('application/problem+json')
    const long = await app.inject(`/r/${'x'.repeat(400)}`)
    expect([long.statusCode, long.json().code]).toEqual([414, 'uri_too_long'])
    expect(long.headers['content-type']).toBe('application/problem+json')
    expect(upstream.requests).toHaveLength(0)
  })

  test('a path that leaves its prefix is a problem and reaches no service', async () => {
    const upstream = await startUpstream(echo)
    const { port } = await listenGateway({ WAITLIST_URL: upstream.url, INVITES_URL: upstream.url })
    for (const path of ['/../invites/x', '/%2e%2e/invites/x', '/a%2f..%2f..%2finvites/x', '/..']) {
      const connection = await openConnection(port)
      const lines = ['Host: a', 'Connection: close']
      connection.write(requestHead(`GET /api/waitlist${path} HTTP/1.1`, ...lines))
      const reply = await connection.closed()
      expect(reply).toMatch(/^HTTP\/1.1 400 /)
      expect(reply).toContain('application/problem+json')
    }
    expect(upstream.requests).toHaveLength(0)
  })

  test('a path with dots and escapes reaches the service, resolved', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    for (const [path, received] of [
      ['/entries/a.b', '/entries/a.b'],
      ['/entries/./a', '/entries/a'],
      ['/entries/%C3%A9%2Fx', '/entries/%C3%A9%2Fx'],
      ['//entries', '//entries'],
    ]) {
      const reply = await app.inject(`/api/waitlist${path}?a=1`)
      expect(reply.json().url).toBe(`/api/waitlist${received}?a=1`)
    }
  })

  test('a query reaches the service byte for byte', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    for (const query of ['?a=1&a=2&&b', '?q=a+b%20c%C3%A9', '?a=1?b=2', '?x=%zz', '?../..']) {
      const url = `/api/waitlist/stats${query}`
      expect((await app.inject(url)).json().url).toBe(url)
    }
  })

  test('an absolute URL as request target reaches no service', async () => {
    const upstream = await startUpstream(echo)
    const { port } = await listenGateway({ WAITLIST_URL: upstream.url })
    const connection = await openConnection(port)
    const target = `${upstream.url}/api/waitlist/stats`
    connection.write(requestHead(`GET ${target} HTTP/1.1`, 'Host: elsewhere', 'Connection: close'))
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 400 /)
    expect(upstream.requests).toHaveLength(0)
  })
})

describe('a request', () => {
  test('passes with its method, its body and the allowed headers only', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const passed = {
      accept: 'application/json',
      'accept-language': 'de',
      authorization: 'Bearer something-that-the-service-checks',
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=1',
      'user-agent': 'test',
      'x-request-id': 'given-by-client',
    }
    const forged = {
      host: 'evil.example',
      cookie: 'session=1',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'x-user-id': 'root',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    }
    const reply = await app.inject({
      method: 'POST',
      url: '/api/waitlist/join',
      headers: { ...passed, ...forged },
      payload: '{"a": 1}',
      remoteAddress: '203.0.113.7',
    })
    const { method, body, headers } = reply.json()
    expect([method, body]).toEqual(['POST', '{"a": 1}'])
    expect(headers).toEqual({
      ...passed,
      'x-forwarded-for': '203.0.113.7',
      'content-length': '8',
      host: new URL(upstream.url).host,
      connection: 'keep-alive',
    })
    expect(reply.headers['x-request-id']).toBe('given-by-client')
  })

  test('keeps the address in X-Forwarded-For only if a trusted proxy sent it', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({
      WAITLIST_URL: upstream.url,
      TRUSTED_PROXIES: '10.0.0.0/8',
    })
    const seenFrom = async (remoteAddress: string) => {
      const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.4' }
      const reply = await app.inject({ url: '/api/waitlist/stats', headers, remoteAddress })
      return reply.json().headers['x-forwarded-for']
    }
    expect(await seenFrom('203.0.113.7')).toBe('203.0.113.7')
    expect(await seenFrom('10.1.2.3')).toBe('198.51.100.4')
  })

  test('with an invalid id gets a new one, which the service receives too', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const headers = { 'x-request-id': 'no\tid' }
    const reply = await app.inject({ url: '/api/waitlist/stats', headers })
    const id = reply.headers['x-request-id']
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(reply.json().headers['x-request-id']).toBe(id)
  })

  test('with two Host headers is rejected', async () => {
    const upstream = await startUpstream(echo)
    const { port } = await listenGateway({ WAITLIST_URL: upstream.url })
    const connection = await openConnection(port)
    const lines = ['Host: a.example', 'hOST: b.example', 'Connection: close']
    connection.write(requestHead('GET /api/waitlist/stats HTTP/1.1', ...lines))
    const reply = await connection.closed()
    expect(reply).toMatch(/^HTTP\/1.1 400 /)
    expect(reply).toContain('application/problem+json')
    expect(upstream.requests).toHaveLength(0)
  })
})

describe('a response', () => {
  test('passes with its status, body and headers, without those of its connection', async () => {
    const upstream = await startUpstream((_request, reply) => {
      reply.writeHead(418, {
        'content-type': 'text/plain',
        'set-cookie': ['a=1', 'b=2'],
        'retry-after': '7',
        connection: 'keep-alive, x-secret-hop',
        'keep-alive': 'timeout=77',
        'proxy-authenticate': 'Basic',
        'x-secret-hop': 'inside',
        'x-request-id': 'of-the-service',
        upgrade: 'h2c',
      })
      reply.end('short and stout')
    })
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const headers = { 'x-request-id': 'of-the-client' }
    const reply = await app.inject({ url: '/api/waitlist/teapot', headers })
    expect([reply.statusCode, reply.body]).toEqual([418, 'short and stout'])
    expect(reply.headers).toMatchObject({ 'content-type': 'text/plain', 'retry-after': '7' })
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(reply.headers['x-request-id']).toBe('of-the-client')
    expect(reply.headers.connection).not.toContain('x-secret-hop')
    for (const name of ['proxy-authenticate', 'x-secret-hop', 'upgrade']) {
      expect(reply.headers).not.toHaveProperty(name)
    }
    expect(reply.headers['keep-alive']).not.toBe('timeout=77')
  })

  test('with status 503 causes no second request', async () => {
    const upstream = await startUpstream((_request, reply) => json(reply, { code: 'full' }, 503))
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const reply = await app.inject('/api/waitlist/stats')
    expect([reply.statusCode, reply.json()]).toEqual([503, { code: 'full' }])
    expect(upstream.requests).toHaveLength(1)
  })

  test('to HEAD has the headers of GET, and a 204 has no body', async () => {
    const upstream = await startUpstream((request, reply) => {
      if (request.method === 'HEAD') reply.writeHead(200, { 'content-length': '1234' }).end()
      else reply.writeHead(204).end()
    })
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const headed = await app.inject({ method: 'HEAD', url: '/api/waitlist/stats' })
    expect([headed.statusCode, headed.headers['content-length']]).toEqual([200, '1234'])
    const empty = await app.inject({ method: 'DELETE', url: '/api/waitlist/me' })
    expect([empty.statusCode, empty.body]).toEqual([204, ''])
  })

  test('is neither stored nor sniffed by a browser', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const { headers } = await app.inject('/api/waitlist/stats')
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })
})
