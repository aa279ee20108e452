// The gateway as a process: its logs, and how it stops under load.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { generateKey } from '@vobee/shared/auth/keys'
import { ADMIN_KEY, MEMBER_TOKEN_SECRET } from '@vobee/testing/settings'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openConnection, type RawConnection, requestHead } from './testing/raw-client.ts'
import { DOWN_URL, json, startUpstream } from './testing/start-gateway.ts'

const main = resolve(import.meta.dirname, 'main.ts')

type Line = { msg?: string; level: number; [member: string]: unknown }

const startProcess = async (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [main], {
    env: {
      PORT: '0',
      ADMIN_API_KEY: ADMIN_KEY,
      MEMBER_TOKEN_SECRET,
      INVITES_URL: DOWN_URL,
      REFERRALS_URL: DOWN_URL,
      QUALITY_GATES_URL: DOWN_URL,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let out = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  const exited = once(child, 'exit')
  const lines = () =>
    out
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line): Line => JSON.parse(line))
  const logged = (message: RegExp) =>
    vi.waitFor(
      () => {
        const line = lines().find(({ msg = '' }) => message.test(msg))
        expect(line).toBeDefined()
        return line as Line
      },
      { timeout: 50_000 },
    )
  const { msg = '' } = await logged(/^Server listening at/)
  return { child, exited, lines, logged, port: Number(/:(\d+)$/.exec(msg)?.[1]) }
}

test('on SIGTERM the process answers every accepted request, then exits with 0', async () => {
  const held: ServerResponse[] = []
  const upstream = await startUpstream((_request, reply) => held.push(reply))
  const { child, exited, logged, port } = await startProcess({ WAITLIST_URL: upstream.url })
  const connections = await Promise.all(Array.from({ length: 34 }, () => openConnection(port)))
  const [inHead, inBody, ...waiting] = connections as [
    RawConnection,
    RawConnection,
    ...RawConnection[],
  ]
  inHead.write('GET /api/waitlist/stats HTTP/1.1\r\nHost')
  inBody.write(requestHead('POST /api/waitlist/join HTTP/1.1', 'Host: a', 'Content-Length: 4'))
  for (const connection of waiting)
    connection.write(requestHead('GET /api/waitlist/stats HTTP/1.1', 'Host: a'))
  await expect.poll(() => held).toHaveLength(32)
  child.kill('SIGTERM')
  await logged(/^stopping$/)
  await expect(openConnection(port)).rejects.toThrow('ECONNREFUSED')
  inHead.write(': a\r\n\r\n')
  inBody.write('body')
  await expect.poll(() => held).toHaveLength(34)
  for (const reply of held) json(reply, { answered: true })
  for (const connection of connections) {
    const reply = await connection.closed()
    expect(reply).toMatch(/^HTTP\/1.1 200 /)
    expect(reply).toMatch(/^connection: close/im)
    expect(reply).toContain('{"answered":true}')
  }
  expect(await exited).toEqual([0, null])
})

test('on SIGTERM a started response is completed, and its connection does not delay the exit', async () => {
  let service: ServerResponse | undefined
  const upstream = await startUpstream((_request, reply) => {
    service = reply
    reply.writeHead(200).write('begun')
  })
  const { child, exited, logged, port } = await startProcess({ WAITLIST_URL: upstream.url })
  const connection = await openConnection(port)
  connection.write(requestHead('GET /api/waitlist/export HTTP/1.1', 'Host: a'))
  await connection.until('begun')
  child.kill('SIGTERM')
  await logged(/^stopping$/)
  service?.end('ended')
  await connection.until('ended')
  expect(await exited).toEqual([0, null])
})

test('a log line contains the route, never the path or the query', async () => {
  const upstream = await startUpstream((_request, reply) => json(reply, {}))
  const { port, lines } = await startProcess({ WAITLIST_URL: upstream.url, LOG_LEVEL: 'debug' })
  const secret = 'user%40example.com'
  const paths = ['/api/waitlist/x', '/api/invites/x', '/r/x', '/nowhere/x', '/api/waitlist/%zz/x']
  for (const path of paths) {
    const connection = await openConnection(port)
    const target = `${path.replace('x', secret)}?email=${secret}`
    const credential = `Authorization: Bearer ${secret}`
    connection.write(
      requestHead(`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close', credential),
    )
    await connection.closed()
  }
  const answered = () => lines().filter(({ msg }) => msg === 'answered')
  await expect.poll(() => answered().length).toBeGreaterThanOrEqual(4)
  expect(answered().map(({ route }) => route)).toContain('/api/waitlist/*')
  expect(JSON.stringify(lines())).not.toContain('example.com')
})

test('the access log has one line for a request, with the address, the key name, and no poll', async () => {
  const upstream = await startUpstream((_request, reply) => json(reply, {}))
  const { port, lines } = await startProcess({
    WAITLIST_URL: upstream.url,
    LOG_ADDRESSES: 'network',
  })
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'x-forwarded-for': '192.0.2.77' }
  for (const path of ['/health', '/ready', '/metrics', '/api/waitlist/stats'])
    await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  const answered = () => lines().filter(({ msg }) => msg === 'answered')
  await expect.poll(answered).toMatchObject([
    {
      ...{
        level: 30,
        method: 'GET',
        route: '/api/waitlist/*',
        status: 200,
        ms: expect.any(Number),
      },
      ...{ client: '192.0.2.0/24', key: 'env', request_id: expect.any(String) },
    },
  ])
  expect(JSON.stringify(lines())).not.toContain(ADMIN_KEY)
})

test('METRICS_PORT serves metrics without a key, also while keys cannot be verified', async () => {
  const metricsPort = await findFreePort()
  const { port } = await startProcess({
    METRICS_PORT: String(metricsPort),
    GATEWAY_DATABASE_URL: 'postgres://gateway@127.0.0.1:9/none',
  })
  const headers = { authorization: `Bearer ${generateKey().key}` }
  expect((await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status).toBe(503)
  const get = (path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`)
  const metrics = await get('/metrics')
  expect([metrics.status, metrics.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ])
  expect(await metrics.text()).toMatch(/http_request_duration_seconds_count\{.*status="503".*\} 1/)
  expect((await get('/health')).status).toBe(200)
  expect(await (await get('/ready')).json()).toMatchObject({ status: 503, code: 'unavailable' })
  expect((await get('/api/waitlist/stats')).status).toBe(404)
})

test('the process prints all invalid settings and does not start', async () => {
  const child = spawn(process.execPath, [main], {
    env: { WAITLIST_URL: 'http://a/path', UPSTREAM_TIMEOUT_MS: 'soon' },
  })
  let printed = ''
  child.stderr.on('data', (text) => {
    printed += text
  })
  expect((await once(child, 'close'))[0]).toBe(78)
  expect(printed).toContain('ADMIN_API_KEY: is not set')
  expect(printed).toContain('WAITLIST_URL: must be an address without a path')
  expect(printed).toContain('UPSTREAM_TIMEOUT_MS: ')
})
