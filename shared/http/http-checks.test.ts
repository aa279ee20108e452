// Requests that no route can handle, as bytes.
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { identifyBy, visitor } from '../auth/callers.ts'
import { route } from './route.ts'
import { createServer } from './server.ts'

const listen = async () => {
  const app = createServer({
    service: 'thing',
    identify: identifyBy([]),
    trustedProxies: [],
    logger: false,
    isReady: async () => true,
  })
  onTestFinished(() => app.close())
  const guard = { method: 'POST', url: '/open', operationId: 'test', summary: 'x' } as const
  const body = z.strictObject({})
  route(app, { ...guard, auth: visitor, body, replies: [200, body] }, () => ({}))
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as { port: number }).port
}

/** Sends bytes. Returns everything that is received until the server closes the connection. */
const send = async (request: string) => {
  const port = await listen()
  return new Promise<string>((done) => {
    let all = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (chunk) => (all += chunk)).on('close', () => done(all))
  })
}

const get = 'GET /health HTTP/1.1'
const post = 'POST /open HTTP/1.1\r\nHost: a\r\nContent-Type: application/json'
const chunks = '2\r\n{}\r\n0\r\n\r\n'

test.each([
  ['nonsense', 'nonsense\r\n\r\n', 400, 'bad_request'],
  ['no Host', `${get}\r\n\r\n`, 400, 'bad_request'],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'bad_request'],
  ['another expectation', `${get}\r\nHost: a\r\nExpect: foo\r\n\r\n`, 417, 'expectation_failed'],
  [
    'encoded chunks',
    `${post}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunks}`,
    501,
    'not_implemented',
  ],
  ['no chunks', `${post}\r\nTransfer-Encoding: gzip\r\n\r\nx`, 501, 'not_implemented'],
  [
    'an encoded body',
    `${post}\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
    415,
    'unsupported_media_type',
  ],
])(
  'HTTP with %s gets one problem, and the connection is closed',
  async (_what, request, status, code) => {
    const answer = await send(request)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/content-type: application\/problem\+json/i)
    expect(answer).toContain(`"code":"${code}"`)
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1)
  },
)

test.each([
  ['HTTP/1.0 without Host', 'GET /health HTTP/1.0\r\n\r\n'],
  ['chunks', `${post}\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n${chunks}`],
])('%s is accepted', async (_what, request) => {
  expect(await send(request)).toMatch(/^HTTP\/1.1 200 /)
})
