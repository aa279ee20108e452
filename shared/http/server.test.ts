import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { environmentKey, identifyBy, key, memberOrKey, visitor } from '../auth/callers.ts'
import type { AccessLog } from '../ops/access-log.ts'
import { problem } from './problem.ts'
import { route } from './route.ts'
import { createServer } from './server.ts'
import { text } from './text.ts'

const ADMIN = 'an-admin-key-of-at-least-32-characters'
const READER = 'a-reader-key-of-at-least-32-characters'
const teapot = problem(418, 'teapot', 'I am a teapot.')
let app: FastifyInstance

const build = (logger: FastifyServerOptions['logger'] = false, accessLog?: AccessLog) => {
  app = createServer({
    service: 'thing',
    prefix: '/api/thing',
    identify: identifyBy([
      environmentKey(ADMIN),
      { name: 'reader', secret: READER, scopes: ['invites:read'] },
    ]),
    trustedProxies: ['127.0.0.0/8'],
    logger,
    ...(accessLog ? { accessLog } : {}),
    isReady: async () => true,
  })
  const Body = z.strictObject({ name: text(10), size: z.int().min(1).optional() })
  const Reply = z.object({ name: z.string() })
  const add = (auth = visitor, url = '/open') =>
    route(
      app,
      {
        method: 'POST',
        url,
        operationId: 'test',
        summary: 'x',
        auth,
        query: z.strictObject({ page: z.coerce.number().int().optional() }),
        body: Body,
        replies: [201, Reply],
        errors: [teapot],
      },
      ({ body }) => {
        if (body.name === 'tea') throw teapot()
        if (body.name === 'slow') return wait(30, { name: 'slow' })
        if (body.name === 'crash') throw new Error('secret inside')
        return { name: body.name, hidden: 'never sent' }
      },
    )
  add()
  add(key('invites:write'), '/keyed')
  add(memberOrKey('invites:read'), '/member/:id')
  return app
}

afterEach(() => app.close())

const post = (url: string, payload: unknown, headers = {}) =>
  app.inject({ method: 'POST', url, payload: payload as object, headers })

describe('a reply', () => {
  test('has the declared status, only the declared members, and a request id', async () => {
    const reply = await build().inject({
      method: 'POST',
      url: '/open',
      payload: { name: ' a ' },
      headers: { 'x-request-id': 'request-1234' },
    })
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({ name: 'a' })
    expect(reply.headers['x-request-id']).toBe('request-1234')
    expect(reply.headers['x-content-type-options']).toBe('nosniff')
    expect(reply.headers['cache-control']).toBe('no-store')
  })

  test('a malformed request id is replaced', async () => {
    build()
    const reply = await post('/open', { name: 'a' }, { 'x-request-id': 'a b\u00ff' })
    expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('health reports the service and the time, also under the prefix', async () => {
    build()
    for (const url of ['/health', '/api/thing/health']) {
      const body = (await app.inject(url)).json()
      expect(body).toEqual({ status: 'healthy', service: 'thing', timestamp: expect.any(String) })
    }
  })
})

describe('a problem', () => {
  const members = ['code', 'detail', 'instance', 'request_id', 'status', 'title', 'type']

  test.each([
    ['an error of the service', '/open', { name: 'tea' }, 418, 'teapot'],
    ['a crash', '/open', { name: 'crash' }, 500, 'internal_error'],
    ['an unknown path', '/nowhere', {}, 404, 'not_found'],
    ['a broken escape', '/member/%zz', {}, 400, 'bad_request'],
    ['a parameter that is too long', `/member/${'x'.repeat(400)}`, {}, 414, 'uri_too_long'],
    ['a body that is too large', '/open', { name: 'x'.repeat(70_000) }, 413, 'body_too_large'],
  ])('%s is problem+json', async (_what, url, body, status, code) => {
    build()
    const reply = await post(url, body)
    expect(reply.statusCode).toBe(status)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(reply.json()).toMatchObject({ status, code })
    expect(Object.keys(reply.json()).sort()).toEqual(members)
    expect(reply.body).not.toContain('secret inside')
  })

  test('a wrong method gets 405 with the allowed methods', async () => {
    const reply = await build().inject({ method: 'DELETE', url: '/open' })
    expect(reply.statusCode).toBe(405)
    expect(reply.headers.allow).toBe('POST')
  })

  test.each([
    ['text/plain', 'name=a', 415],
    ['application/json', '{"name":', 400],
    ['application/json', '{"__proto__":{"a":1},"name":"a"}', 400],
    ['application/json', '', 400],
  ])('a body of %s %j is %i', async (type, payload, status) => {
    const headers = { 'content-type': type }
    const reply = await build().inject({ method: 'POST', url: '/open', payload, headers })
    expect(reply.statusCode).toBe(status)
    expect(reply.headers['content-type']).toBe('application/problem+json')
  })

  test('every error of every part is reported at once', async () => {
    build()
    const reply = await post('/open?page=x&more=1', { name: 7, size: 0, colour: 'red' })
    const paths = reply.json().errors.map((error: { path: string }) => error.path)
    expect(paths.sort()).toEqual(['colour', 'name', 'query.more', 'query.page', 'size'])
  })

  test('lists 20 errors and counts the others, and shortens long names', async () => {
    build()
    const unknown = Array.from({ length: 2_000 }, (_, n) => [`member ${n}`, n])
    const reply = await post('/open', { name: 'a', ...Object.fromEntries(unknown) })
    const { errors, detail } = reply.json()
    expect(errors).toHaveLength(20)
    expect(detail).toMatch(/; and 1980 more$/)
    const long = await post('/open', { ['\u{1f41d}'.repeat(10_000)]: 1 })
    expect(long.statusCode).toBe(400)
    expect(Math.max(reply.body.length, long.body.length)).toBeLessThan(4_000)
  })

  test.each([
    ['/nowhere/x?email=ada@example.com', '/nowhere/x'],
    ['/member/%zz', '/'],
    [`/${'x'.repeat(300)}`, `/${'x'.repeat(199)}`],
    ['/member/ada@example.com?page=x', '/member/:id'],
  ])('at %s has the instance %s', async (url, instance) => {
    build()
    const reply = await post(url, {}, { authorization: `Bearer ${READER}` })
    expect(reply.json().instance).toBe(instance)
  })

  const logged = async (level: string, accessLog: AccessLog) => {
    const lines: string[] = []
    build({ level, stream: { write: (line: string) => lines.push(line) } }, accessLog)
    const headers = { authorization: `Bearer ${READER}` }
    for (const name of ['ok', 'tea', 'slow', 'crash']) await post('/open', { name })
    await post('/keyed', { name: 'ok' }, headers)
    await post('/keyed', { name: 'ok' })
    await app.inject('/health')
    const answered = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
    return answered.map(({ level, status }) => [level, status])
  }

  test('a request is logged if it is denied or fails, others at debug', async () => {
    const levels = [20, 20, 20, 30, 30, 30, 20]
    const statuses = [201, 418, 201, 500, 403, 401, 200]
    expect(await logged('debug', { all: false, slowMs: 60_000 })).toEqual(
      statuses.map((status, at) => [levels[at], status]),
    )
  })

  test('a slow request is logged with its time', async () => {
    const lines: string[] = []
    const stream = { write: (line: string) => lines.push(line) }
    build({ level: 'info', stream }, { all: false, slowMs: 25 })
    await post('/open', { name: 'slow' })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'answered', status: 201 })
    expect(JSON.parse(lines[0] ?? '').ms).toBeGreaterThanOrEqual(25)
  })

  test('with the access log every request is logged except polls', async () => {
    const statuses = [201, 418, 201, 500, 403, 401]
    expect(await logged('info', { all: true, slowMs: 60_000 })).toEqual(
      statuses.map((status) => [30, status]),
    )
  })

  test('an upload that the client ends is logged as that, and not as an error of ours', async () => {
    const lines: { level: number }[] = []
    build({ stream: { write: (line: string) => lines.push(JSON.parse(line)) } })
    const errors: string[] = []
    app.addHook('onError', async (_request, _reply, error) => errors.push(error.code))
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as { port: number }
    const head =
      'POST /open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    app.server.once('request', () => socket.destroy())
    await expect.poll(() => errors).toEqual(['ECONNRESET'])
    expect(lines.filter(({ level }) => level > 30)).toEqual([])
  })
})

describe('a caller', () => {
  const body = { name: 'a' }

  test.each([
    ['nobody', '/keyed', {}, 401, 'credential_required'],
    ['a wrong key', '/keyed', { authorization: 'Bearer wrong' }, 401, 'invalid_credential'],
    ['another scheme', '/keyed', { authorization: 'Basic eDp5' }, 401, 'invalid_credential'],
    [
      'a wrong key on an open route',
      '/open',
      { authorization: 'Bearer x' },
      401,
      'invalid_credential',
    ],
    [
      'too little scope',
      '/keyed',
      { authorization: `Bearer ${READER}` },
      403,
      'insufficient_scope',
    ],
  ])('%s at %s is rejected', async (_who, url, headers, status, code) => {
    build()
    const reply = await post(url, body, headers)
    expect(reply.statusCode).toBe(status)
    expect(reply.json().code).toBe(code)
    if (status === 401) expect(reply.headers['www-authenticate']).toBe('Bearer')
  })

  test('is checked before the body is read', async () => {
    const headers = { 'content-type': 'application/json' }
    const reply = await build().inject({ method: 'POST', url: '/keyed', payload: '{', headers })
    expect(reply.statusCode).toBe(401)
  })

  test.each([
    ['/keyed', ADMIN],
    ['/member/1', READER],
  ])('with the scope passes at %s', async (url, secret) => {
    build()
    expect((await post(url, body, { authorization: `Bearer ${secret}` })).statusCode).toBe(201)
  })

  test('metrics are for operators', async () => {
    build()
    expect((await app.inject('/metrics')).statusCode).toBe(401)
    const headers = { authorization: `Bearer ${ADMIN}` }
    const reply = await app.inject({ url: '/metrics', headers })
    expect(reply.body).toContain('http_request_duration_seconds')
  })

  test('a route that does not declare who may call it prevents the start', async () => {
    build().get('/hole', () => 'open')
    await expect(app.ready()).rejects.toThrow('GET /hole does not declare who may call it')
  })
})

test.each([
  ['127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
  ['127.0.0.1', '198.51.100.1, <script>, [2001:DB8::7]:80', '2001:db8::7'],
  ['127.0.0.1', '203.0.113.7, unknown', '127.0.0.1'],
  ['192.0.2.1', '203.0.113.7', '192.0.2.1'],
])('from %s, X-Forwarded-For: %s means the client %s', async (remoteAddress, header, client) => {
  build().get('/ip', { config: { auth: visitor } }, ({ ip }) => ip)
  const headers = { 'x-forwarded-for': header }
  expect((await app.inject({ url: '/ip', remoteAddress, headers })).body).toBe(client)
})

test('a draining process is not ready and still healthy', async () => {
  build()
  expect((await app.inject('/ready')).statusCode).toBe(200)
  app.draining = true
  const reply = await app.inject('/ready')
  expect(reply.statusCode).toBe(503)
  expect(reply.headers['retry-after']).toBe('2')
  expect((await app.inject('/health')).statusCode).toBe(200)
})
