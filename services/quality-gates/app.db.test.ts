import { identifyBy } from '@vobee/shared/auth/callers'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { settingsOf, useQuality } from './testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const pathsOf = (reply: { json: () => { errors: { path: string }[] } }) =>
  reply
    .json()
    .errors.map((error) => error.path)
    .sort()

describe('bad input', () => {
  test.each([-0.01, 1.01, 12, '0.12', 'NaN', null, true, [0.1]])(
    'a rate of %j is rejected, and nothing is stored',
    async (rate) => {
      const reply = await quality.post('metrics', { churn_rate: rate, fraud_rate: 0.01 })
      expect(reply.statusCode).toBe(400)
      expect(reply.json().code).toBe('invalid_input')
      expect(pathsOf(reply)).toEqual(['churn_rate'])
      const { rows } = await db.owner.query('select from quality_gates.reports')
      expect(rows).toEqual([])
    },
  )

  test('every error is reported at once', async () => {
    const metrics = await quality.post('metrics', {
      churn_rate: 2,
      engagement_rate: 'high',
      window: 'x'.repeat(51),
      colour: 'red',
    })
    expect(pathsOf(metrics)).toEqual(['churn_rate', 'colour', 'engagement_rate', 'window'])
    const pause = await quality.post('pause', { reason: ' ', until: 'tomorrow', forever: true })
    expect(pathsOf(pause)).toEqual(['forever', 'reason', 'until'])
  })

  test.each([undefined, {}, { window: '30 days' }])(
    'a report without a rate (%j) is rejected',
    async (body) => {
      const reply = await quality.post('metrics', body)
      expect(reply.statusCode).toBe(400)
      expect(reply.json().errors[0].message).toContain('at least one of')
    },
  )

  test.each(['NaN', '{"churn_rate": NaN}', '{"churn_rate": 0.1'])(
    'a body of %s is not JSON',
    async (payload) => {
      const reply = await quality.app.inject({
        method: 'POST',
        url: '/api/quality/metrics',
        headers: { ...asAdmin, 'content-type': 'application/json' },
        payload,
      })
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed_json'])
    },
  )

  test.each(['2020-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00', '2026-02-30T00:00:00Z', '10'])(
    'an end at %s is rejected',
    async (until) => {
      for (const path of ['pause', 'resume']) {
        const reply = await quality.post(path, { reason: 'why', until })
        expect(reply.statusCode).toBe(400)
        expect(pathsOf(reply)).toEqual(['until'])
      }
    },
  )

  test('text that Postgres cannot store is rejected', async () => {
    for (const reason of ['a\u0000b', 'half \ud800 a pair']) {
      expect((await quality.post('pause', { reason })).statusCode).toBe(400)
    }
  })

  test('a body of an evaluation has no members', async () => {
    expect(pathsOf(await quality.post('evaluate-gate', { open: true }))).toEqual(['open'])
  })

  test.each(['0', '1001', 'many', '1.5', ''])(
    'a history limit of "%s" is rejected',
    async (limit) => {
      const reply = await quality.get(`history?limit=${limit}`)
      expect(reply.statusCode).toBe(400)
      expect(pathsOf(reply)).toEqual(['query.limit'])
    },
  )

  test.each([
    { CHURN_PAUSE: '1.2' },
    { TRUST_PAUSE: 'low' },
    { FRAUD_WARNING: '-1' },
    { RESUME_HOLD_MINUTES: '0' },
  ])('a setting of %j stops the start', (wrong) => {
    expect(() => settingsOf(db, wrong)).toThrow(Object.keys(wrong)[0])
  })
})

describe('callers', () => {
  const reader = { name: 'reader', secret: 'reader-secret', scopes: ['quality:read'] as const }
  const writer = { name: 'writer', secret: 'writer-secret', scopes: ['quality:write'] as const }
  let app: FastifyInstance
  beforeAll(() => {
    app = buildApp(settingsOf(db), identifyBy([reader, writer]))
  })
  afterAll(() => app.close())

  const routes = [
    { method: 'POST', path: 'evaluate-gate', role: 'writer', body: {} },
    { method: 'POST', path: 'metrics', role: 'writer', body: { churn_rate: 0.1 } },
    { method: 'POST', path: 'pause', role: 'writer', body: { reason: 'why' } },
    { method: 'POST', path: 'resume', role: 'writer', body: { reason: 'why' } },
    { method: 'GET', path: 'alerts', role: 'reader' },
    { method: 'GET', path: 'history', role: 'reader' },
  ] as const

  test.each(routes)('$path requires a $role key', async (route) => {
    const call = async (secret?: string) => {
      const { statusCode } = await app.inject({
        method: route.method,
        url: `/api/quality/${route.path}`,
        headers: secret ? { authorization: `Bearer ${secret}` } : {},
        ...('body' in route ? { payload: route.body } : {}),
      })
      return statusCode
    }
    const other = route.role === 'writer' ? reader : writer
    expect(await call()).toBe(401)
    expect(await call('wrong')).toBe(401)
    expect(await call(other.secret)).toBe(403)
    expect(await call(`${route.role}-secret`)).toBe(200)
  })

  test('a wrong credential is rejected on the public route too', async () => {
    const reply = await app.inject({
      method: 'GET',
      url: '/api/quality/trust-score',
      headers: { authorization: 'Bearer wrong' },
    })
    expect(reply.statusCode).toBe(401)
    expect(reply.headers['www-authenticate']).toBe('Bearer')
  })

  test('the history names the key', async () => {
    await app.inject({
      method: 'POST',
      url: '/api/quality/pause',
      headers: { authorization: 'Bearer writer-secret' },
      payload: { reason: 'a break' },
    })
    const { rows } = await db.owner.query('select by, reason from quality_gates.evaluations')
    expect(rows).toEqual([{ by: 'writer', reason: 'a break' }])
  })
})
