// API keys at the gateway, which reads them with a role that can read nothing else.
import { generateKey } from '@vobee/shared/auth/keys'
import { useDatabase } from '@vobee/testing/database'
import { expectWithinASecond } from '@vobee/testing/within-a-second'
import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { echo, startGateway, startUpstream } from '../testing/start-gateway.ts'

const db = useDatabase()

const createKey = async (scopes: string[]) => {
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

test('the routes for operators accept a key with ops:read and reject other keys', async () => {
  const app = await start()
  const operator = await createKey(['ops:read'])
  for (const url of ['/services', '/metrics']) {
    expect(await status(app, operator.headers, url)).toBe(200)
  }
  const report = (await app.inject({ url: '/status', headers: operator.headers })).json()
  expect(report.services.waitlist).toHaveProperty('url')
  expect(await status(app, (await createKey(['invites:read'])).headers)).toBe(403)
})

test('two gateways reject a revoked key within a second', async () => {
  const gateways = [await start(), await start()]
  const { id, headers } = await createKey(['ops:read'])
  for (const app of gateways) expect(await status(app, headers)).toBe(200)
  await db.owner.query('update access.keys set revoked_at = now() where id = $1', [id])
  await Promise.all(gateways.map((app) => expectWithinASecond(401, () => status(app, headers))))
})

test('each key has its own limit, even if two keys have the same name', async () => {
  const upstream = await startUpstream(echo)
  const app = await start({
    WAITLIST_URL: upstream.url,
    VISITOR_REQUESTS_PER_MINUTE: '1',
    KEY_REQUESTS_PER_MINUTE: '2',
  })
  const [first, second] = [await createKey(['invites:read']), await createKey(['invites:read'])]
  const url = '/api/waitlist/stats'
  const statuses = []
  for (const { headers } of [first, first, first, second]) {
    statuses.push(await status(app, headers, url))
  }
  expect(statuses).toEqual([200, 200, 429, 200])
})

test('without its database the gateway passes keys on to the services and rejects them on its own routes', async () => {
  const upstream = await startUpstream(echo)
  const { headers } = await createKey(['ops:read'])
  const unavailable = await start({
    WAITLIST_URL: upstream.url,
    GATEWAY_DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
  })
  const none = await start({ WAITLIST_URL: upstream.url, GATEWAY_DATABASE_URL: '' })
  for (const app of [unavailable, none]) {
    const passed = await app.inject({ url: '/api/waitlist/stats', headers })
    expect([passed.statusCode, passed.json().headers.authorization]).toEqual([
      200,
      headers.authorization,
    ])
  }
  expect(await status(unavailable, headers)).toBe(503)
  expect(await status(none, headers)).toBe(401)
})
