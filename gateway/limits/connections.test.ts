import { expect, test } from 'vitest'
import { openConnection, requestHead } from '../testing/raw-client.ts'
import { listenGateway } from '../testing/start-gateway.ts'

const listen = (env: NodeJS.ProcessEnv) =>
  listenGateway({ TRUSTED_PROXIES: '10.0.0.0/8', CONNECTIONS_PER_ADDRESS: '2', ...env })

const getHealth = requestHead('GET /health HTTP/1.1', 'Host: a')

const connectAndAsk = async (port: number, from?: string) => {
  const connection = await openConnection(port, from)
  connection.write(getHealth)
  return connection
}

type App = Awaited<ReturnType<typeof listenGateway>>['app']

const metricValues = async ({ metrics }: App, name: string) =>
  (await metrics.getSingleMetric(name)?.get())?.values

const waiting = async (app: App) =>
  (await metricValues(app, 'gateway_connections_waiting'))?.[0]?.value

test('a connection over the limit of its address waits until another one closes', async () => {
  const { app, port } = await listen({})
  const [first, second] = [await connectAndAsk(port), await connectAndAsk(port)]
  await Promise.all([first.until('healthy'), second.until('healthy')])
  const third = await connectAndAsk(port)
  await expect.poll(() => waiting(app)).toBe(1)
  const other = await connectAndAsk(port, '127.0.0.2')
  await other.until('healthy')
  expect(await waiting(app)).toBe(1)
  first.end()
  expect(await third.until('healthy')).toMatch(/^HTTP\/1.1 200 /)
  expect(await waiting(app)).toBe(0)
})

test('a connection that waits and is closed takes no place', async () => {
  const { app, port } = await listen({ CONNECTIONS_PER_ADDRESS: '1' })
  const first = await connectAndAsk(port)
  await first.until('healthy')
  const gone = await connectAndAsk(port)
  const last = await connectAndAsk(port)
  await expect.poll(() => waiting(app)).toBe(2)
  gone.end()
  first.end()
  await last.until('healthy')
})

test('a stop closes the connections that wait', async () => {
  const { app, port } = await listen({ CONNECTIONS_PER_ADDRESS: '1' })
  await (await connectAndAsk(port)).until('healthy')
  const second = await connectAndAsk(port)
  await expect.poll(() => waiting(app)).toBe(1)
  await app.close()
  expect(await second.closed()).toBe('')
})

test('a trusted proxy may open as many connections as all addresses together', async () => {
  const { port } = await listen({ TRUSTED_PROXIES: '127.0.0.0/8', CONNECTIONS_IN_ALL: '4' })
  const proxied = [1, 2, 3, 4].map(() => connectAndAsk(port))
  for (const connection of await Promise.all(proxied)) await connection.until('healthy')
  expect(await (await connectAndAsk(port)).closed()).toBe('')
})

test('connections beyond those that may wait, or beyond the limit of all, close at once', async () => {
  const { app, port } = await listen({ CONNECTIONS_PER_ADDRESS: '1', CONNECTIONS_IN_ALL: '4' })
  await (await connectAndAsk(port)).until('healthy')
  for (const _ of [1, 2]) await connectAndAsk(port)
  await expect.poll(() => waiting(app)).toBe(2)
  expect(await (await connectAndAsk(port)).closed()).toBe('')
  await (await connectAndAsk(port, '127.0.0.2')).until('healthy')
  expect(await (await connectAndAsk(port, '127.0.0.3')).closed()).toBe('')
  expect(await metricValues(app, 'gateway_connections_rejected_total')).toMatchObject([
    { labels: { limit: 'address' }, value: 1 },
    { labels: { limit: 'all' }, value: 1 },
  ])
})

test('with RATE_LIMITS=off connections have no limit', async () => {
  const { port } = await listen({ RATE_LIMITS: 'off', CONNECTIONS_IN_ALL: '2' })
  for (const _ of [1, 2, 3]) await (await connectAndAsk(port)).until('healthy')
})
