// Guessing codes is limited by address and in all; a person with a code is never locked out.
import { identifyBy } from '@vobee/shared/auth/callers'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import { compareTimes } from '@vobee/testing/times'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../../app.ts'
import { InvitesSettings } from '../../config.ts'

const db = useDatabase()
const hostKey = { name: 'host', secret: 'host-of-many-people', scopes: ['invites:write'] } as const
const otherKey = { name: 'other', secret: 'for-something-else', scopes: ['waitlist:read'] } as const

let app: FastifyInstance
let issuer: FastifyInstance

const start = (env: NodeJS.ProcessEnv = {}) => {
  const settings = testSettings(InvitesSettings, db.urls.invites, {
    GUESSES_PER_ADDRESS: '10',
    GUESSES_IN_ALL: '200',
    ...env,
  })
  const started = buildApp(settings, identifyBy([hostKey, otherKey]))
  onTestFinished(() => started.close())
  return started
}

beforeAll(() => {
  issuer = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => issuer.close())
beforeEach(() => {
  app = start()
})

const issue = async (more: object = {}): Promise<string> => {
  const url = '/api/invites/generate'
  const payload = { batch_size: 1, ...more }
  const reply = await issuer.inject({ method: 'POST', url, headers: asAdmin, payload })
  return reply.json().codes[0]
}

// The address of the test is that of a trusted proxy.
const from = (address: string, more: Record<string, string> = {}) => ({
  headers: { 'x-forwarded-for': address, ...more },
})
type From = ReturnType<typeof from>

const redeem = (code: string, by: From, email = 'user@example.com') =>
  app.inject({ method: 'POST', url: '/api/invites/redeem', payload: { code, email }, ...by })
const validate = (code: string, by: From) =>
  app.inject({ method: 'POST', url: '/api/invites/validate', payload: { code }, ...by })
const look = (code: string, by: From) => app.inject({ url: `/api/invites/${code}/status`, ...by })

const guess = async (times: number, by: From) => {
  for (let n = 0; n < times; n++) await look(`VOBEE-GUESS${n}`, by)
}

describe('an address that guesses', () => {
  test('is rejected by every route after so many wrong codes, with the time to wait', async () => {
    const guesser = from('203.0.113.7')
    const kinds = [redeem, validate, look]
    for (let n = 0; n < 10; n++) {
      const reply = await (kinds[n % 3] as typeof look)(`VOBEE-WRONG${n}`, guesser)
      expect(reply.statusCode).toBe([404, 200, 404][n % 3])
    }
    const code = await issue()
    for (const ask of kinds) {
      const reply = await ask(code, guesser)
      expect(reply.statusCode).toBe(429)
      expect(reply.json().code).toBe('too_many_guesses')
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(590)
      expect(reply.headers['retry-after']).toMatch(/^\d+$/)
    }
    expect((await redeem(code, from('203.0.113.8'))).statusCode).toBe(200)
  })

  test('is a whole /64, however it is written', async () => {
    await guess(5, from('2001:db8:0:1::1'))
    await guess(5, from('2001:DB8:0:1:ffff::2'))
    expect((await look('VOBEE-ANY', from('2001:db8::1:0:0:0:3'))).statusCode).toBe(429)
    expect((await look('VOBEE-ANY', from('2001:db8:0:2::1'))).statusCode).toBe(404)
  })

  test('also guesses by trying addresses on a code of somebody else', async () => {
    const code = await issue({ issued_to: 'owner@example.com' })
    const guesser = from('203.0.113.9')
    for (let n = 0; n < 10; n++) {
      expect((await redeem(code, guesser, `try${n}@example.com`)).statusCode).toBe(403)
    }
    expect((await redeem(code, guesser, 'owner@example.com')).statusCode).toBe(429)
  })

  test('gains nothing by sending all requests at once', async () => {
    const guesser = from('203.0.113.10')
    const all = Array.from({ length: 64 }, (_, n) => look(`VOBEE-ATONCE${n}`, guesser))
    const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 404)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(54)
  })

  test('does not learn a right code that it sends at once with wrong ones', async () => {
    const guesser = from('203.0.113.12')
    const code = await issue()
    const wrong = Array.from({ length: 63 }, (_, n) => redeem(`VOBEE-ATONCE${n}`, guesser))
    const right = redeem(code, guesser)
    await Promise.all(wrong)
    expect((await right).statusCode).toBe(429)
    expect((await redeem(code, from('192.0.2.6'))).statusCode).toBe(200)
  })

  test('gains nothing by a key without the scope', async () => {
    const guesser = from('203.0.113.11', { authorization: `Bearer ${otherKey.secret}` })
    await guess(10, guesser)
    expect((await look('VOBEE-ANY', guesser)).statusCode).toBe(429)
  })
})

describe('a person with a code', () => {
  test('redeems it during an attack from many addresses', async () => {
    for (let n = 0; n < 60; n++) await guess(4, from(`198.51.100.${n}`))
    // 200 were wrong by now: each address has one left, or none.
    expect((await look('VOBEE-ANY', from('198.51.100.1'))).statusCode).toBe(429)
    expect((await redeem(await issue(), from('192.0.2.1'))).statusCode).toBe(200)
    expect((await look('VOBEE-FIRST', from('192.0.2.2'))).statusCode).toBe(404)
    expect((await look('VOBEE-SECOND', from('192.0.2.2'))).statusCode).toBe(429)
  })

  test('redeems it when a network around the guesser is stopped', async () => {
    for (let n = 0; n < 200; n++) await look('VOBEE-ANY', from(`2001:db8:${n}::1`))
    const code = await issue()
    const inside = await redeem(code, from('2001:db8:ffff::1'))
    expect(inside.statusCode).toBe(429)
    expect(inside.json()).toMatchObject({ code: 'too_many_guesses' })
    expect((await redeem(code, from('2001:db9::1'))).statusCode).toBe(200)
  })

  test('shares an address with 40 others who redeem at once', async () => {
    const code = await issue({ max_uses: 40 })
    const all = Array.from({ length: 40 }, (_, n) =>
      redeem(code, from('192.0.2.7'), `person${n}@example.com`),
    )
    expect(new Set((await Promise.all(all)).map(({ statusCode }) => statusCode))).toEqual(
      new Set([200]),
    )
  })

  test('is not rejected because many people share the address', async () => {
    const crowd = from('192.0.2.3')
    const code = await issue({ max_uses: 40 })
    for (let n = 0; n < 60; n++) {
      const { statusCode } = await redeem(code, crowd, `person${n}@example.com`)
      expect(statusCode).toBe(n < 40 ? 200 : 409)
    }
    for (let n = 0; n < 30; n++) expect((await look(code, crowd)).statusCode).toBe(200)
  })

  test('can use a host, whose key is not counted', async () => {
    const host = from('192.0.2.4', { authorization: `Bearer ${hostKey.secret}` })
    await guess(30, host)
    expect((await redeem(await issue(), host)).statusCode).toBe(200)
    expect((await look('VOBEE-ANY', from('192.0.2.4'))).statusCode).toBe(404)
  })
})

test('RATE_LIMITS=off lifts the limit', async () => {
  app = start({ RATE_LIMITS: 'off' })
  await guess(30, from('203.0.113.12'))
  expect((await look('VOBEE-ANY', from('203.0.113.12'))).statusCode).toBe(404)
})

test('the response time does not reveal whether a code exists', async () => {
  app = start({ RATE_LIMITS: 'off' })
  const used = await issue()
  const by = from('192.0.2.5')
  await redeem(used, by, 'first@example.com')
  for (const ask of [redeem, validate, look]) {
    const expected = { low: 0.7, high: 1.4 }
    const known = () => ask(used, by)
    const unknown = () => ask('VOBEE-0123456789AB', by)
    const { low, high } = await compareTimes(known, unknown, expected)
    expect(low).toBeLessThan(expected.high)
    expect(high).toBeGreaterThan(expected.low)
  }
}, 60_000)
