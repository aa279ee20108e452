import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test, vi } from 'vitest'
import {
  json,
  listenGateway,
  NOBODY,
  startGateway,
  startUpstream,
} from '../testing/start-gateway.ts'

const wrong = { authorization: 'Bearer wrong-key-of-more-than-32-characters' }

/** Four services that are well and say of themselves what they were asked with. */
const startServices = async () => {
  const well = () =>
    startUpstream(({ url, headers: { authorization } }, reply) =>
      json(reply, { status: 'healthy', asked: url, authorization }),
    )
  const services = {
    waitlist: await well(),
    invites: await well(),
    referrals: await well(),
    'quality-gates': await well(),
  }
  const env = {
    WAITLIST_URL: services.waitlist.url,
    INVITES_URL: services.invites.url,
    REFERRALS_URL: services.referrals.url,
    QUALITY_GATES_URL: services['quality-gates'].url,
  }
  return { services, env }
}

describe('/status', () => {
  test('asks every service and tells everybody names, state and latency only', async () => {
    const { env } = await startServices()
    const app = await startGateway(env)
    const reply = await app.inject('/status')
    expect(reply.statusCode).toBe(200)
    const well = { status: 'healthy', latency_ms: expect.any(Number) }
    expect(reply.json()).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-/),
      services: { waitlist: well, invites: well, referrals: well, 'quality-gates': well },
    })
  })

  test('is degraded when a service says so of itself', async () => {
    const { env } = await startServices()
    const waitlist = await startUpstream((_request, reply) => json(reply, { status: 'degraded' }))
    const app = await startGateway({ ...env, WAITLIST_URL: waitlist.url })
    const reply = await app.inject({ url: '/status', headers: asAdmin })
    expect(reply.json()).toMatchObject({
      status: 'degraded',
      services: { waitlist: { status: 'healthy' } },
    })
  })

  test('tells a member what it tells everybody', async () => {
    const { env } = await startServices()
    const app = await startGateway(env)
    const headers = asMember('ada@example.com')
    const reply = await app.inject({ url: '/status', headers })
    expect(reply.statusCode).toBe(200)
    expect(reply.json().services.waitlist).not.toHaveProperty('url')
    expect((await app.inject({ url: '/services', headers })).statusCode).toBe(401)
  })

  test('tells operators where each service is and what it says of itself', async () => {
    const { env, services } = await startServices()
    const app = await startGateway(env)
    await services.invites.close()
    const reply = await app.inject({ url: '/status', headers: asAdmin })
    const told = reply.json()
    expect(told.status).toBe('degraded')
    expect(told.services.referrals).toEqual({
      status: 'healthy',
      latency_ms: expect.any(Number),
      url: services.referrals.url,
      report: { status: 'healthy', asked: '/api/referrals/status', ...asAdmin },
    })
    expect(told.services.invites).toEqual({
      status: 'down',
      latency_ms: null,
      url: services.invites.url,
      report: null,
    })
  })

  test('waits at most 2 s, at once for all, and is 200 when nothing answers', async () => {
    const hung = await startUpstream(() => {}, { ready: () => {} })
    const unready = await startUpstream(() => {}, { ready: (_, reply) => json(reply, {}, 503) })
    const app = await startGateway({
      WAITLIST_URL: hung.url,
      INVITES_URL: hung.url,
      REFERRALS_URL: unready.url,
    })
    const asked = performance.now()
    const reply = await app.inject('/status')
    expect(performance.now() - asked).toBeLessThan(3_500)
    expect(reply.statusCode).toBe(200)
    const { status, services } = reply.json()
    expect(status).toBe('degraded')
    expect(services.waitlist).toEqual({ status: 'down', latency_ms: null })
    expect(services.referrals.status).toBe('unready')
    const alone = await startGateway({})
    expect((await alone.inject('/status')).json().status).toBe('down')
  })

  test('with audit=1 has every service count again, and says what came of it', async () => {
    const result = { name: 'uses', expected: 2, found: 2, wrong: 0, ok: true }
    let isClean = true
    const counting = await startUpstream(({ url }, reply) =>
      json(reply, {
        status: 'healthy',
        asked: url,
        audit: [{ ...result, ok: isClean, wrong: isClean ? 0 : 1 }],
      }),
    )
    const env = {
      WAITLIST_URL: counting.url,
      INVITES_URL: counting.url,
      REFERRALS_URL: counting.url,
      QUALITY_GATES_URL: counting.url,
    }
    const app = await startGateway(env)
    const url = '/status?audit=1'
    const told = (await app.inject({ url, headers: asAdmin })).json()
    expect(told.audit).toBe('clean')
    expect(told.services.referrals.report).toEqual({
      status: 'healthy',
      asked: '/api/referrals/status?audit=1',
      audit: [result],
    })
    isClean = false
    expect((await app.inject({ url, headers: asAdmin })).json().audit).toBe('off')
    isClean = true
    const without = await startGateway({ ...env, INVITES_URL: NOBODY })
    const partly = (await without.inject({ url, headers: asAdmin })).json()
    expect([partly.audit, partly.services.invites.report]).toEqual(['incomplete', null])
    expect((await app.inject(url)).json()).toMatchObject({ code: 'credential_required' })
    const other = await app.inject({ url: '/status?audit=yes', headers: asAdmin })
    expect([other.statusCode, other.json().code]).toEqual([400, 'invalid_input'])
  })

  test('refuses a key that is not valid, as the gateway does on all paths of its own', async () => {
    const app = await startGateway({})
    for (const url of ['/status', '/services', '/metrics', '/health', '/join.html']) {
      const reply = await app.inject({ url, headers: wrong })
      expect([url, reply.statusCode]).toEqual([url, 401])
      expect(reply.headers['www-authenticate']).toBe('Bearer')
    }
  })
})

test('whether a credential is valid under /api the service says', async () => {
  const { env } = await startServices()
  const app = await startGateway(env)
  const reply = await app.inject({ url: '/api/waitlist/position', headers: wrong })
  expect([reply.statusCode, reply.json().authorization]).toEqual([200, wrong.authorization])
})

describe('/services and /metrics', () => {
  test('need a key', async () => {
    const app = await startGateway({})
    for (const url of ['/services', '/metrics']) {
      const reply = await app.inject(url)
      expect([reply.statusCode, reply.json().code]).toEqual([401, 'credential_required'])
    }
  })

  test('tell what is registered and which circuit is open', async () => {
    const { env } = await startServices()
    const app = await startGateway({ ...env, REFERRALS_URL: NOBODY })
    for (let i = 0; i < 5; i++) await app.inject('/api/referral/stats')
    const { services } = (await app.inject({ url: '/services', headers: asAdmin })).json()
    expect(services).toHaveLength(4)
    expect(services[0].circuit).toBe('closed')
    expect(services[2]).toEqual({
      name: 'referrals',
      prefixes: ['/api/referrals', '/api/referral'],
      url: NOBODY,
      circuit: 'open',
    })
    const metrics = (await app.inject({ url: '/metrics', headers: asAdmin })).body
    expect(metrics).toContain('gateway_circuit_open{upstream="referrals",service="gateway"} 1')
    expect(metrics).toContain('gateway_circuit_open{upstream="waitlist",service="gateway"} 0')
    expect(metrics).toContain('route="/api/referral/*",status="503"')
  })
})

describe('/ready', () => {
  test('waits until every service was ready once; what dies later does not change it', async () => {
    const { env, services } = await startServices()
    let waitlistReady = false
    const late = await startUpstream(() => {}, {
      ready: (_request, reply) => json(reply, {}, waitlistReady ? 200 : 503),
    })
    const { app } = await listenGateway({ ...env, WAITLIST_URL: late.url })
    const ready = async () => (await app.inject('/ready')).statusCode
    expect(await ready()).toBe(503)
    expect((await app.inject('/health')).json()).toMatchObject({
      status: 'healthy',
      service: 'gateway',
    })
    waitlistReady = true
    await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 3_000 })
    await services.invites.close()
    waitlistReady = false
    expect(await ready()).toBe(200)
    app.draining = true
    expect(await ready()).toBe(503)
  })
})
