// The process as it runs in production: what it says, and how it ends under load.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { ADMIN_KEY } from '@vobee/testing/settings'
import { expect, onTestFinished, test, vi } from 'vitest'
import { head, openWire, type Wire } from './testing/raw-client.ts'
import { json, NOBODY, startUpstream } from './testing/start-gateway.ts'

const main = resolve(import.meta.dirname, 'main.ts')

type Line = { msg?: string; level: number; [member: string]: unknown }

const startProcess = async (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [main], {
    env: {
      PORT: '0',
      ADMIN_API_KEY: ADMIN_KEY,
      INVITES_URL: NOBODY,
      REFERRALS_URL: NOBODY,
      QUALITY_GATES_URL: NOBODY,
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
  const said = (what: RegExp) =>
    vi.waitFor(
      () => {
        const line = lines().find(({ msg = '' }) => what.test(msg))
        expect(line).toBeDefined()
        return line as Line
      },
      { timeout: 10_000 },
    )
  const { msg = '' } = await said(/^Server listening at/)
  return { child, exited, lines, said, port: Number(/:(\d+)$/.exec(msg)?.[1]) }
}

test('on SIGTERM every accepted request is answered, then the process exits 0', async () => {
  const held: ServerResponse[] = []
  const upstream = await startUpstream((_request, reply) => held.push(reply))
  const { child, exited, said, port } = await startProcess({ WAITLIST_URL: upstream.url })
  const wires = await Promise.all(Array.from({ length: 34 }, () => openWire(port)))
  const [inHead, inBody, ...waiting] = wires as [Wire, Wire, ...Wire[]]
  inHead.write('GET /api/waitlist/stats HTTP/1.1\r\nHost')
  inBody.write(head('POST /api/waitlist/join HTTP/1.1', 'Host: a', 'Content-Length: 4'))
  for (const wire of waiting) wire.write(head('GET /api/waitlist/stats HTTP/1.1', 'Host: a'))
  await vi.waitFor(() => expect(held).toHaveLength(32), { timeout: 5_000 })
  child.kill('SIGTERM')
  await said(/^stopping$/)
  await expect(openWire(port)).rejects.toThrow('ECONNREFUSED')
  inHead.write(': a\r\n\r\n')
  inBody.write('body')
  await vi.waitFor(() => expect(held).toHaveLength(34), { timeout: 5_000 })
  for (const reply of held) json(reply, { answered: true })
  for (const wire of wires) {
    const reply = await wire.closed()
    expect(reply).toMatch(/^HTTP\/1.1 200 /)
    expect(reply).toMatch(/^connection: close/im)
    expect(reply).toContain('{"answered":true}')
  }
  expect(await exited).toEqual([0, null])
})

test('an answer that had begun is finished, and its connection does not delay the end', async () => {
  let service: ServerResponse | undefined
  const upstream = await startUpstream((_request, reply) => {
    service = reply
    reply.writeHead(200).write('begun')
  })
  const { child, exited, said, port } = await startProcess({ WAITLIST_URL: upstream.url })
  const wire = await openWire(port)
  wire.write(head('GET /api/waitlist/export HTTP/1.1', 'Host: a'))
  await wire.until('begun')
  child.kill('SIGTERM')
  await said(/^stopping$/)
  service?.end('ended')
  await wire.until('ended')
  expect(await exited).toEqual([0, null])
})

test('a log line names the route, never what a path or query says', async () => {
  const upstream = await startUpstream((_request, reply) => json(reply, {}))
  const { port, lines } = await startProcess({ WAITLIST_URL: upstream.url })
  const secret = 'user%40example.com'
  const paths = ['/api/waitlist/x', '/api/invites/x', '/r/x', '/nowhere/x', '/api/waitlist/%zz/x']
  for (const path of paths) {
    const wire = await openWire(port)
    const target = `${path.replace('x', secret)}?email=${secret}`
    const credential = `Authorization: Bearer ${secret}`
    wire.write(head(`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close', credential))
    await wire.closed()
  }
  const answered = () => lines().filter(({ msg }) => msg === 'answered')
  await vi.waitFor(() => expect(answered().length).toBeGreaterThanOrEqual(4))
  expect(answered().map(({ route }) => route)).toContain('/api/waitlist/*')
  expect(JSON.stringify(lines())).not.toContain('example.com')
})

test('faulty settings are all said, and the process does not start', async () => {
  const child = spawn(process.execPath, [main], {
    env: { WAITLIST_URL: 'http://a/path', UPSTREAM_TIMEOUT_MS: 'soon' },
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  expect((await once(child, 'close'))[0]).toBe(78)
  expect(said).toContain('ADMIN_API_KEY: is not set')
  expect(said).toContain('WAITLIST_URL: must be an address without a path')
  expect(said).toContain('UPSTREAM_TIMEOUT_MS: ')
})
