import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { visitor } from '../auth/callers.ts'
import { rejectOverload } from './reject-overload.ts'
import { route } from './route.ts'
import { createServer } from './server.ts'

const start = async () => {
  const state = { isFull: false, handled: 0 }
  const app = createServer({
    service: 'thing',
    identify: () => {
      state.handled++
      return { kind: 'visitor' }
    },
    trustedProxies: [],
    publicUrl: 'https://invites.example.com',
    logger: false,
    isReady: async () => true,
  })
  onTestFinished(() => app.close())
  rejectOverload(
    app,
    ({ url }) => (url === '/join' && state.isFull ? 'Too many joins are waiting.' : null),
    ({ headers: { origin = '' } }) => ({ 'access-control-allow-origin': origin }),
  )
  const guard = { operationId: 'join', summary: 'Join', auth: visitor } as const
  const replies: [number, z.ZodType] = [201, z.object({ joined: z.boolean() })]
  route(app, { ...guard, method: 'POST', url: '/join', replies }, () => ({ joined: true }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const join = (body = '{}', headers = {}) =>
    fetch(`${url}/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://a.example', ...headers },
      body,
    })
  return { app, state, url, join }
}

const rejected = async ({ metrics }: Awaited<ReturnType<typeof start>>['app']) =>
  (await metrics.getSingleMetric('http_requests_overloaded_total')?.get())?.values[0]?.value

test('in an overload a request is rejected with a problem, and nothing of it is handled', async () => {
  const { app, state, url, join } = await start()
  expect((await join()).status).toBe(201)
  state.isFull = true
  const reply = await join('{}', { 'x-request-id': 'given-by-client' })
  expect(reply.status).toBe(503)
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': '1',
    'x-request-id': 'given-by-client',
    'access-control-allow-origin': 'https://a.example',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  expect(await reply.json()).toEqual({
    type: 'https://invites.example.com/docs/errors#overloaded',
    title: 'The service is overloaded.',
    status: 503,
    detail: 'Too many joins are waiting.',
    instance: '/',
    code: 'overloaded',
    request_id: 'given-by-client',
  })
  expect([state.handled, await rejected(app)]).toEqual([1, 1])
  expect((await fetch(`${url}/health`)).status).toBe(200)
  state.isFull = false
  expect((await join()).status).toBe(201)
})

test('many requests are rejected at once, each with its own id; a large body ends its connection', async () => {
  const { state, join } = await start()
  state.isFull = true
  const replies = await Promise.all(Array.from({ length: 50 }, () => join()))
  const bodies = await Promise.all(replies.map((reply) => reply.text()))
  expect(new Set(bodies).size).toBe(50)
  const large = await join(`"${'x'.repeat(70_000)}"`).catch(() => null)
  expect(large?.headers.get('connection') ?? 'close').toBe('close')
})

test('rejections are logged together, the last ones when the process stops', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const { app, state, join } = await start()
  const warn = vi.spyOn(app.log, 'warn')
  state.isFull = true
  for (const _ of [1, 2, 3]) await (await join()).text()
  expect(warn).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(warn.mock.calls).toEqual([[{ rejected: 3 }, 'requests rejected: overloaded']])
  await (await join()).text()
  await app.close()
  expect(warn).toHaveBeenLastCalledWith({ rejected: 1 }, 'requests rejected: overloaded')
})
