import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { buildApp } from '../app.ts'
import { jobs } from '../jobs.ts'
import { callsTo, settingsOf, storedGates, useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const example = { churn_rate: 0.12, fraud_rate: 0.02, engagement_rate: 0.75, window: '30 days' }

const runJob = (name: string, app: FastifyInstance) =>
  jobs(app.database, settingsOf(db))
    .find((job) => job.name === name)
    ?.run()

describe('the replies', () => {
  test('the trust score is public and as documented', async () => {
    await quality.post('metrics', example)
    const reply = await quality.app.inject({ method: 'GET', url: '/api/quality/trust-score' })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      trust_score: 0.83,
      churn_rate: 0.12,
      fraud_rate: 0.02,
      engagement_rate: 0.75,
      invites_paused: false,
      health_status: 'healthy',
    })
  })

  test('before the first evaluation the trust score is 503', async () => {
    const reply = await quality.get('trust-score')
    expect(reply.statusCode).toBe(503)
    expect(reply.headers['retry-after']).toBe('1')
    expect(reply.json().code).toBe('not_evaluated')
  })

  test('a paused gate shows in the trust score', async () => {
    await quality.post('pause', { reason: 'a break' })
    expect((await quality.get('trust-score')).json()).toMatchObject({
      trust_score: 1,
      invites_paused: true,
      health_status: 'critical',
    })
  })

  test('the documented evaluation, with or without a body', async () => {
    await quality.post('metrics', example)
    for (const reply of [
      await quality.post('evaluate-gate'),
      await quality.post('evaluate-gate', {}),
    ]) {
      expect(reply.statusCode).toBe(200)
      const { window: _, ...rates } = example
      expect(reply.json()).toMatchObject({
        invites_allowed: true,
        trust_score: 0.83,
        metrics: { ...rates, joins: 0, codes_issued: 0, codes_redeemed: 0 },
        alerts: [],
      })
    }
  })

  test('every metric has a source, a window and an age', async () => {
    await quality.post('metrics', { churn_rate: 0.12, window: '30 days' })
    await db.owner.query(
      `update quality_gates.reports set reported_at = reported_at - interval '90 seconds'`,
    )
    const { metrics, sources } = (await quality.post('evaluate-gate')).json()
    expect(Object.keys(sources)).toEqual(Object.keys(metrics))
    expect(sources.churn_rate).toMatchObject({ source: 'reported', window: '30 days' })
    expect(sources.churn_rate.age_seconds).toBeGreaterThanOrEqual(90)
    expect(sources.churn_rate.age_seconds).toBeLessThan(120)
    const unknown = { source: 'assumed', window: null, reported_at: null, age_seconds: null }
    expect(sources.engagement_rate).toEqual(unknown)
    expect(sources.codes_redeemed).toEqual({ ...unknown, source: 'events', window: '7 days' })
  })

  test('separate reports are combined, the newest of each rate', async () => {
    await quality.post('metrics', { churn_rate: 0.1, engagement_rate: 0.5 })
    await quality.post('metrics', { churn_rate: 0.12 })
    const { metrics } = (await quality.post('metrics', { fraud_rate: 0.01 })).json()
    expect(metrics).toMatchObject({ churn_rate: 0.12, engagement_rate: 0.5, fraud_rate: 0.01 })
  })
})

describe('the history', () => {
  test('lists decisions with their rates and their cause, newest first', async () => {
    await quality.post('metrics', example)
    await quality.post('pause', { reason: 'a break' })
    await runJob('evaluate-gate', quality.app)
    const { evaluations, count } = (await quality.get('history')).json()
    expect(count).toBe(3)
    const { window: _, ...rates } = example
    const common = { ...rates, trust_score: 0.83, evaluated_at: expect.any(String) }
    const pause = { invites_allowed: false, reasons: ['paused_by_hand'], health_status: 'critical' }
    expect(evaluations).toEqual([
      { ...common, ...pause, occasion: 'clock', by: null, reason: null },
      { ...common, ...pause, occasion: 'pause', by: 'env', reason: 'a break' },
      {
        ...common,
        invites_allowed: true,
        reasons: [],
        health_status: 'healthy',
        occasion: 'metrics',
        by: 'env',
        reason: null,
      },
    ])
    const file = await quality.app.inject({
      url: '/api/quality/history',
      headers: { ...asAdmin, accept: 'text/csv' },
    })
    expect(file.body.split('\r\n')[0]).toMatch(/^evaluated_at,occasion,by,reason,/)
    expect(file.body.trim().split('\r\n')).toHaveLength(count + 1)
    const one = (await quality.get('history?limit=1')).json()
    expect(one).toEqual({ evaluations: [evaluations[0]], count: 1 })
  })

  test('is deleted after 90 days', async () => {
    await quality.post('metrics', { churn_rate: 0.18 })
    await quality.post('metrics', { churn_rate: 0.1 })
    await db.owner.query(`
      update quality_gates.alerts set closed_at = closed_at - interval '91 days';
      update quality_gates.evaluations set evaluated_at = evaluated_at - interval '91 days'
      where churn_rate = 0.18;
      insert into quality_gates.processed_events values ('old', now() - interval '91 days'), ('new', now())`)
    await runJob('prune-history', quality.app)
    expect((await quality.get('history')).json().evaluations).toMatchObject([{ churn_rate: 0.1 }])
    const { rows } = await db.owner.query(`
      select (select count(*)::int from quality_gates.alerts) as alerts,
             (select count(*)::int from quality_gates.processed_events) as processed`)
    expect(rows).toEqual([{ alerts: 0, processed: 1 }])
  })
})

describe('concurrent evaluations', () => {
  test('two replicas evaluate one after the other and write one history', async () => {
    const other = buildApp(settingsOf(db))
    const apps = [quality.app, other]
    const rates = Array.from({ length: 24 }, (_, i) => (i % 2 ? 0.25 : 0.01 + i / 1000))
    const replies = await Promise.all(
      rates.map((churn_rate, i) =>
        callsTo(() => apps[i % 3 ? 0 : 1] as FastifyInstance).post('metrics', { churn_rate }),
      ),
    )
    await other.close()
    expect(replies.map((reply) => reply.statusCode)).toEqual(rates.map(() => 200))
    const { rows } = await db.owner.query(
      'select evaluated_at, open, churn_rate from quality_gates.evaluations order by evaluated_at',
    )
    expect(rows).toHaveLength(24)
    // Each bad rate closes the gate, each good one opens it again.
    for (const row of rows) expect(row.open).toBe(row.churn_rate < 0.2)
    const times = rows.map((row) => row.evaluated_at.getTime())
    expect(new Set(times).size).toBe(24)
    const now = await db.owner.query(`
      select gate.open, gate.evaluated_at, report.value as churn_rate
      from quality_gates.gate cross join quality_gates.reports as report`)
    expect(now.rows).toEqual([rows.at(-1)])
    const last = { open: rows.at(-1).open, evaluated_at: rows.at(-1).evaluated_at }
    for (const gate of await storedGates(db)) expect(gate).toMatchObject(last)
    const open = await db.owner.query(
      'select metric, count(*) from quality_gates.alerts where closed_at is null group by 1 having count(*) > 1',
    )
    expect(open.rows).toEqual([])
  })

  test('an evaluation is later than the last even if the clock was set back', async () => {
    await db.owner.query(`update quality_gates.gate set evaluated_at = now() + interval '1 hour'`)
    const first = (await quality.post('evaluate-gate')).json()
    const second = (await quality.post('evaluate-gate')).json()
    expect(Date.parse(second.evaluated_at) - Date.parse(first.evaluated_at)).toBe(1)
  })
})

describe('at start', () => {
  const isEvaluated = async () =>
    (await storedGates(db)).every(({ evaluated_at }) => evaluated_at !== null)

  test('the gate is evaluated as soon as the service listens', async () => {
    const app = buildApp(settingsOf(db))
    await app.listen({ port: 0 })
    await expect.poll(isEvaluated).toBe(true)
    await app.close()
    const { evaluations } = (await quality.get('history')).json()
    expect(evaluations).toMatchObject([{ occasion: 'start', invites_allowed: true }])
  })

  test('the evaluation is retried until the database responds', async () => {
    await db.owner.query('alter table quality_gates.gate rename to gone')
    const app = buildApp(settingsOf(db))
    const warned = vi.spyOn(app.log, 'warn')
    await app.listen({ port: 0 })
    await expect
      .poll(() => warned)
      .toHaveBeenCalledWith(expect.anything(), expect.stringMatching('at start yet'))
    await db.owner.query('alter table quality_gates.gone rename to gate')
    await expect.poll(isEvaluated).toBe(true)
    await app.close()
  })
})
