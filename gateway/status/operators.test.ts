import { asBearer, asMember, inSeconds, memberClaims, signToken } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import {
  DOWN_URL,
  json,
  listenGateway,
  startGateway,
  startUpstream,
} from '../testing/start-gateway.ts'

const wrong = { authorization: 'Bearer wrong-key-of-more-than-32-characters' }

/** Starts four healthy services, whose status reports repeat the request. */
const startServices = async () => {
  const healthy = () =>
    startUpstream(({ url, headers: { authorization } }, reply) =>
      json(reply, { status: 'healthy', requested: url, authorization }),
    )
  const services = {
    waitlist: await healthy(),
    invites: await healthy(),
    referrals: await healthy(),
    'quality-gates': await healthy(),
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
  test('checks every service and shows a visitor names, states and latencies only', async () => {
    const { env } = await startServices()
    const app = await startGateway(env)
    const reply = await app.inject('/status')
    expect(reply.statusCode).toBe(200)
    const check = { status: 'healthy', latency_ms: expect.any(Number) }
    expect(reply.json()).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-/),
      services: { waitlist: check, invites: check, referrals: check, 'quality-gates': check },
    })
  })

  test('is degraded if the report of a service says so', async () => {
    const { env } = await startServices()
    const waitlist = await startUpstream((_request, reply) => json(reply, { status: 'degraded' }))
    const app = await startGateway({ ...env, WAITLIST_URL: waitlist.url })
    const reply = await app.inject({ url: '/status', headers: asAdmin })
    expect(reply.json()).toMatchObject({
      status: 'degraded',
      services: { waitlist: { status: 'healthy' } },
    })
  })

  test('shows a member what it shows a visitor', async () => {
    const { env } = await startServices()
    const app = await startGateway(env)
    const headers = asMember('ada@example.com')
    const reply = await app.inject({ url: '/status', headers })
    expect(reply.statusCode).toBe(200)
    expect(reply.json().services.waitlist).not.toHaveProperty('url')
    expect((await app.inject({ url: '/services', headers })).statusCode).toBe(401)
  })

  test('shows operators the address and the report of each service', async () => {
    const { env, services } = await startServices()
    const app = await startGateway(env)
    await services.invites.close()
    const reply = await app.inject({ url: '/status', headers: asAdmin })
    const body = reply.json()
    expect(body.status).toBe('degraded')
    expect(body.services.referrals).toEqual({
      status: 'healthy',
      latency_ms: expect.any(Number),
      url: services.referrals.url,
      report: { status: 'healthy', requested: '/api/referrals/status', ...asAdmin },
    })
    expect(body.services.invites).toEqual({
      status: 'down',
      latency_ms: null,
      url: services.invites.url,
      report: null,
    })
  })

  test('waits at most 2 s for all services together, and is 200 if none responds', async () => {
    const hung = await startUpstream(() => {}, { ready: () => {} })
    const unready = await startUpstream(() => {}, { ready: (_, reply) => json(reply, {}, 503) })
    const app = await startGateway({
      WAITLIST_URL: hung.url,
      INVITES_URL: hung.url,
      REFERRALS_URL: unready.url,
    })
    const start = performance.now()
    const reply = await app.inject('/status')
    expect(performance.now() - start).toBeLessThan(3_500)
    expect(reply.statusCode).toBe(200)
    const { status, services } = reply.json()
    expect(status).toBe('degraded')
    expect(services.waitlist).toEqual({ status: 'down', latency_ms: null })
    expect(services.referrals.status).toBe('unready')
    const allDown = await startGateway({})
    expect((await allDown.inject('/status')).json().status).toBe('down')
  })

  test('with audit=1 every service runs its consistency check, and the results are summarized', async () => {
    const result = { name: 'uses', expected: 2, found: 2, wrong: 0, ok: true }
    let isClean = true
    const checking = await startUpstream(({ url }, reply) =>
      json(reply, {
        status: 'healthy',
        requested: url,
        audit: [{ ...result, ok: isClean, wrong: isClean ? 0 : 1 }],
      }),
    )
    const env = {
      WAITLIST_URL: checking.url,
      INVITES_URL: checking.url,
      REFERRALS_URL: checking.url,
      QUALITY_GATES_URL: checking.url,
    }
    const app = await startGateway(env)
    const url = '/status?audit=1'
    const body = (await app.inject({ url, headers: asAdmin })).json()
    expect(body.audit).toBe('clean')
    expect(body.services.referrals.report).toEqual({
      status: 'healthy',
      requested: '/api/referrals/status?audit=1',
      audit: [result],
    })
    isClean = false
    expect((await app.inject({ url, headers: asAdmin })).json().audit).toBe('off')
    isClean = true
    const without = await startGateway({ ...env, INVITES_URL: DOWN_URL })
    const partly = (await without.inject({ url, headers: asAdmin })).json()
    expect([partly.audit, partly.services.invites.report]).toEqual(['incomplete', null])
    expect((await app.inject(url)).json()).toMatchObject({ code: 'credential_required' })
    const other = await app.inject({ url: '/status?audit=yes', headers: asAdmin })
    expect([other.statusCode, other.json().code]).toEqual([400, 'invalid_input'])
  })

  test('rejects an invalid key, as all routes of the gateway itself do', async () => {
    const app = await startGateway({})
    for (const url of ['/status', '/services', '/metrics', '/health', '/join.html']) {
      const reply = await app.inject({ url, headers: wrong })
      expect([url, reply.statusCode]).toEqual([url, 401])
      expect(reply.headers['www-authenticate']).toBe('Bearer')
    }
  })

  test('rejects an invalid member token, as all routes of the gateway itself do', async () => {
    const app = await startGateway({})
    const claims = memberClaims('ada@example.com')
    const tokens = [
      ['not.a.token', 'token_invalid'],
      [signToken(claims, 'another-secret-of-more-than-32-characters'), 'token_invalid'],
      [signToken({ ...claims, exp: inSeconds(-1) }), 'token_expired'],
    ] as const
    for (const [token, code] of tokens) {
      for (const url of ['/status', '/health', '/ready', '/join.html', '/r/CODE']) {
        const reply = await app.inject({ url, headers: asBearer(token) })
        expect([url, reply.statusCode, reply.json().code]).toEqual([url, 401, code])
        expect(reply.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
      }
    }
    for (const headers of [{}, asMember('ada@example.com')]) {
      expect((await app.inject({ url: '/health', headers })).statusCode).toBe(200)
    }
  })
})

test('under /api an invalid credential passes: the service checks it', async () => {
  const { env } = await startServices()
  const app = await startGateway(env)
  const reply = await app.inject({ url: '/api/waitlist/position', headers: wrong })
  expect([reply.statusCode, reply.json().authorization]).toEqual([200, wrong.authorization])
})

describe('/services and /metrics', () => {
  test('require a key', async () => {
    const app = await startGateway({})
    for (const url of ['/services', '/metrics']) {
      const reply = await app.inject(url)
      expect([reply.statusCode, reply.json().code]).toEqual([401, 'credential_required'])
    }
  })

  test('show the services and the states of their circuit breakers', async () => {
    const { env } = await startServices()
    const app = await startGateway({ ...env, REFERRALS_URL: DOWN_URL })
    for (let i = 0; i < 5; i++) await app.inject('/api/referral/stats')
    const { services } = (await app.inject({ url: '/services', headers: asAdmin })).json()
    expect(services).toHaveLength(4)
    expect(services[0].circuit).toBe('closed')
    expect(services[2]).toEqual({
      name: 'referrals',
      prefixes: ['/api/referrals', '/api/referral'],
      url: DOWN_URL,
      circuit: 'open',
    })
    const metrics = (await app.inject({ url: '/metrics', headers: asAdmin })).body
    expect(metrics).toContain('gateway_circuit_open{upstream="referrals",service="gateway"} 1')
    expect(metrics).toContain('gateway_circuit_open{upstream="waitlist",service="gateway"} 0')
    expect(metrics).toContain('route="/api/referral/*",status="503"')
  })
})

describe('/ready', () => {
  test('is 503 until every service was ready once, and stays 200 if one fails later', async () => {
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
    await expect.poll(ready).toBe(200)
    await services.invites.close()
    waitlistReady = false
    expect(await ready()).toBe(200)
    app.draining = true
    expect(await ready()).toBe(503)
  })
})
