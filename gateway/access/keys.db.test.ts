// Keys at the gateway's own door: it looks them up under a role that can read nothing else.
import { generateKey } from '@vobee/shared/auth/keys'
import { useDatabase } from '@vobee/testing/database'
import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { echo, startGateway, startUpstream } from '../testing/start-gateway.ts'

const db = useDatabase()

const make = async (scopes: string[]) => {
  const { id, key, hash } = generateKey()
  await db.owner.query(
    `insert into access.keys (id, hash, name, scopes, created_by) values ($1, $2, 'ops', $3, 'ada')`,
    [id, hash, scopes],
  )
  return { id, headers: { authorization: `Bearer ${key}` } }
}

const start = (env: NodeJS.ProcessEnv = {}) =>
  startGateway({ GATEWAY_DATABASE_URL: db.urls.gateway, ...env })

const status = async (app: FastifyInstance, headers: object, url = '/services') =>
  (await app.inject({ url, headers: headers as Record<string, string> })).statusCode

test('a key with ops:read opens what is for operators, another does not', async () => {
  const app = await start()
  const operator = await make(['ops:read'])
  for (const url of ['/services', '/metrics']) {
    expect(await status(app, operator.headers, url)).toBe(200)
  }
  const told = (await app.inject({ url: '/status', headers: operator.headers })).json()
  expect(told.services.waitlist).toHaveProperty('url')
  expect(await status(app, (await make(['invites:read'])).headers)).toBe(403)
})

test('a revoked key is refused by two gateways within a second', async () => {
  const gateways = [await start(), await start()]
  const { id, headers } = await make(['ops:read'])
  for (const app of gateways) expect(await status(app, headers)).toBe(200)
  await db.owner.query('update access.keys set revoked_at = now() where id = $1', [id])
  const revoked = performance.now()
  for (const app of gateways) {
    await expect.poll(() => status(app, headers), { interval: 5 }).toBe(401)
  }
  expect(performance.now() - revoked).toBeLessThan(1_000)
})

test('each key has a limit of its own, those of one name too', async () => {
  const upstream = await startUpstream(echo)
  const app = await start({
    WAITLIST_URL: upstream.url,
    VISITOR_REQUESTS_PER_MINUTE: '1',
    KEY_REQUESTS_PER_MINUTE: '2',
  })
  const [first, second] = [await make(['invites:read']), await make(['invites:read'])]
  const url = '/api/waitlist/stats'
  const statuses = []
  for (const { headers } of [first, first, first, second]) {
    statuses.push(await status(app, headers, url))
  }
  expect(statuses).toEqual([200, 200, 429, 200])
})

test('without its database the gateway leaves keys to the services, and env opens its own door', async () => {
  const upstream = await startUpstream(echo)
  const { headers } = await make(['ops:read'])
  const away = await start({
    WAITLIST_URL: upstream.url,
    GATEWAY_DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
  })
  const none = await start({ WAITLIST_URL: upstream.url, GATEWAY_DATABASE_URL: '' })
  for (const app of [away, none]) {
    const passed = await app.inject({ url: '/api/waitlist/stats', headers })
    expect([passed.statusCode, passed.json().headers.authorization]).toEqual([
      200,
      headers.authorization,
    ])
  }
  expect(await status(away, headers)).toBe(503)
  expect(await status(none, headers)).toBe(401)
})
