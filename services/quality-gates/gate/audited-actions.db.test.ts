// Actions of a key on the gate are logged.
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

const post = (path: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/quality/${path}`, headers: asAdmin, payload })

test('a pause, a resume, a report and an evaluation by a key are logged', async () => {
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

test('the audit log is served under the prefix of the service', async () => {
  const reply = await app.inject({ url: '/api/quality/audit?act=gate.paused', headers: asAdmin })
  expect(reply.json().acts).toMatchObject([{ act: 'gate.paused', request_id: expect.any(String) }])
})
