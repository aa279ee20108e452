import { describe, expect, test } from 'vitest'
import { openConnection, requestHead } from '../testing/raw-client.ts'
import { echo, listenGateway, startGateway, startUpstream } from '../testing/start-gateway.ts'

const post = 'POST /api/waitlist/join HTTP/1.1'
const probe = requestHead('GET /api/waitlist/probe HTTP/1.1', 'Host: a', 'Connection: close')

const limited = async () => {
  const upstream = await startUpstream(echo)
  const env = { WAITLIST_URL: upstream.url, BODY_LIMIT_BYTES: '100' }
  return { upstream, ...(await listenGateway(env)) }
}

describe('a body over the limit', () => {
  test('is rejected by its Content-Length before it is sent, and the connection closes', async () => {
    const { upstream, port } = await limited()
    const connection = await openConnection(port)
    connection.write(requestHead(post, 'Host: a', 'Content-Length: 101'))
    const reply = await connection.closed()
    expect(reply).toMatch(/^HTTP\/1.1 413 /)
    expect(reply).toMatch(/connection: close/i)
    expect(reply).toContain('application/problem+json')
    expect(reply).toContain('"code":"body_too_large"')
    expect(upstream.requests).toHaveLength(0)
  })

  test('is counted as it arrives in chunks, and the client receives the response', async () => {
    const { upstream, port } = await limited()
    const connection = await openConnection(port)
    connection.write(requestHead(post, 'Host: a', 'Transfer-Encoding: chunked'))
    for (let i = 0; i < 3; i++) connection.write(`28\r\n${'x'.repeat(40)}\r\n`)
    const reply = await connection.closed()
    expect(reply).toMatch(/^HTTP\/1.1 413 /)
    expect(reply).toMatch(/connection: close/i)
    expect(upstream.requests).toHaveLength(0)
  })

  test('does not make the next request hang', async () => {
    const { url } = await limited()
    for (const body of ['x'.repeat(101), new Blob(['x'.repeat(101)]).stream()]) {
      const options = { method: 'POST', body, duplex: 'half' } as RequestInit
      expect((await fetch(`${url}/api/waitlist/join`, options)).status).toBe(413)
      expect((await fetch(`${url}/api/waitlist/next`)).status).toBe(200)
    }
  })
})

describe('a body within the limit', () => {
  test('passes byte for byte, whatever its content type is', async () => {
    const upstream = await startUpstream((request, reply) => request.pipe(reply))
    const app = await startGateway({ WAITLIST_URL: upstream.url })
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    for (const type of ['application/json', 'application/octet-stream', 'text/csv', 'nonsense/x']) {
      const headers = { 'content-type': type }
      const options = {
        method: 'POST',
        url: '/api/waitlist/join',
        headers,
        payload: bytes,
      } as const
      expect((await app.inject(options)).rawPayload.equals(bytes)).toBe(true)
    }
  })

  test('passes when it arrives in chunks, and the connection stays open', async () => {
    const { port } = await limited()
    const connection = await openConnection(port)
    connection.write(requestHead(post, 'Host: a', 'Transfer-Encoding: chunked'))
    connection.write('5\r\nhello\r\n0\r\n\r\n')
    expect(await connection.until('"body":')).toContain('"body":"hello"')
    connection.write(probe)
    expect(await connection.closed()).toContain('/api/waitlist/probe')
  })

  test('passes after Expect: 100-continue, which the service does not receive', async () => {
    const { port } = await limited()
    const connection = await openConnection(port)
    const lines = ['Host: a', 'Connection: close', 'Content-Length: 5', 'Expect: 100-continue']
    connection.write(requestHead(post, ...lines))
    await connection.until('HTTP/1.1 100 Continue')
    connection.write('hello')
    const reply = await connection.closed()
    expect(reply).toContain('HTTP/1.1 200 OK')
    expect(reply).toContain('"body":"hello"')
    expect(reply).not.toContain('"expect"')
  })

  test('that is empty arrives as no body', async () => {
    const upstream = await startUpstream(echo)
    const app = await startGateway({ QUALITY_GATES_URL: upstream.url })
    const headers = { 'content-type': 'application/json' }
    const url = '/api/quality/evaluate-gate'
    const reply = await app.inject({ method: 'POST', url, headers })
    expect([reply.statusCode, reply.json().body]).toEqual([200, ''])
  })
})

describe('a client that is too slow', () => {
  // With the timeouts of production, divided by 50.
  const connectWithShortTimeouts = async () => {
    const { app, port } = await limited()
    expect(app.server.headersTimeout).toBeLessThanOrEqual(10_000)
    expect(app.server.requestTimeout).toBeLessThanOrEqual(15_000)
    app.server.headersTimeout /= 50
    app.server.requestTimeout /= 50
    return openConnection(port)
  }

  test('with its headers receives a 408 and is disconnected', async () => {
    const connection = await connectWithShortTimeouts()
    connection.write(`${post}\r\nHost: a\r\n`)
    const reply = await connection.closed()
    expect(reply).toMatch(/^HTTP\/1.1 408 /)
    expect(reply).toContain('"code":"request_timeout"')
  })

  test('with its body receives a 408 and is disconnected', async () => {
    const connection = await connectWithShortTimeouts()
    connection.write(requestHead(post, 'Host: a', 'Content-Length: 50'))
    connection.write('x')
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 408 /)
  })
})

test('a signed webhook passes byte for byte with its signature, also in chunks', async () => {
  const upstream = await startUpstream(echo)
  const { port, url } = await listenGateway({ REFERRALS_URL: upstream.url })
  const signature = {
    'stripe-signature': 't=1,v1=0a',
    'webhook-id': 'msg_1',
    'webhook-signature': 'v1,YQ== v1,Yg==',
    'webhook-timestamp': '1',
  }
  const lines = Object.entries(signature).map(([name, value]) => `${name}: ${value}`)
  for (const path of [
    '/api/referrals/conversions/webhook',
    '/api/referral/conversions/webhook',
    '/api/referrals/conversions/webhook?source=shop',
  ]) {
    const connection = await openConnection(port)
    const chunked = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
    connection.write(
      requestHead(`POST ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...chunked, ...lines),
    )
    connection.write('3\r\n{ "\r\n')
    connection.write('8\r\ntype" :1\r\n2\r\n }\r\n0\r\n\r\n')
    const received = JSON.parse((await connection.closed()).split('\r\n\r\n')[1] as string)
    expect(received.body).toBe('{ "type" :1 }')
    expect(received.headers).toMatchObject(signature)
  }
  const otherUrl = `${url}/api/referrals/share?next=/webhook`
  const other = await fetch(otherUrl, { method: 'POST', headers: signature })
  const { headers } = (await other.json()) as { headers: object }
  expect(headers).not.toHaveProperty('webhook-id')
})
