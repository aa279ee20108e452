// What is done to the gate by a key is written down with it.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { settingsOf } from '../testing/service.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(settingsOf(db))
})
afterAll(() => app.close())

const post = (act: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/quality/${act}`, headers: asAdmin, payload })

test('pausing, resuming, reporting and evaluating by a key are written down, the clock is not', async () => {
  await post('pause', { reason: 'support is overrun' })
  await post('resume', { reason: 'it is over' })
  await post('metrics', { churn_rate: 0.12 })
  await post('evaluate-gate', {})
  expect((await post('pause', {})).statusCode).toBe(400)
  const { rows } = await db.owner.query(
    'select actor, act, subject, reason, details from quality_gates.audit order by id',
  )
  const by = { actor: 'env', subject: 'gate' }
  expect(rows).toEqual([
    { ...by, act: 'gate.paused', reason: 'support is overrun', details: { until: null } },
    { ...by, act: 'gate.resumed', reason: 'it is over', details: { until: null } },
    { ...by, act: 'metrics.reported', reason: null, details: { churn_rate: 0.12 } },
    { ...by, act: 'gate.evaluated', reason: null, details: {} },
  ])
})

test('the log is read under the prefix of the service', async () => {
  const reply = await app.inject({ url: '/api/quality/audit?act=gate.paused', headers: asAdmin })
  expect(reply.json().acts).toMatchObject([{ act: 'gate.paused', request_id: expect.any(String) }])
})
