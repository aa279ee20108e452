import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)

const openAlerts = async () => (await quality.get('alerts')).json()

describe('alerts', () => {
  test('a metric past its threshold opens an alert with the documented members', async () => {
    await quality.post('metrics', { churn_rate: 0.18 })
    expect(await openAlerts()).toEqual({
      alerts: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          severity: 'warning',
          message: 'The churn rate is 0.18, above 0.15.',
          metric: 'churn_rate',
          value: 0.18,
          threshold: 0.15,
          timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
      count: 1,
    })
  })

  test('no alert is an empty list', async () => {
    await quality.post('evaluate-gate')
    expect(await openAlerts()).toEqual({ alerts: [], count: 0 })
  })

  test('an alert is opened once, updated while it lasts, and closed afterwards', async () => {
    await quality.post('metrics', { churn_rate: 0.18 })
    const [first] = (await openAlerts()).alerts
    await quality.post('evaluate-gate')
    await quality.post('metrics', { churn_rate: 0.22 })
    const worse = (await openAlerts()).alerts.find(
      ({ metric }: { metric: string }) => metric === 'churn_rate',
    )
    expect(worse).toMatchObject({ severity: 'critical', value: 0.22, threshold: 0.2 })
    expect([worse.id, worse.timestamp]).toEqual([first.id, first.timestamp])
    await quality.post('metrics', { churn_rate: 0.1 })
    expect(await openAlerts()).toEqual({ alerts: [], count: 0 })
    const { rows } = await db.owner.query(
      `select closed_at > opened_at as closed from quality_gates.alerts order by metric`,
    )
    expect(rows).toEqual([{ closed: true }, { closed: true }])
  })

  test('an alert that returns is a new one', async () => {
    for (const churn_rate of [0.18, 0.1, 0.18]) await quality.post('metrics', { churn_rate })
    const { rows } = await db.owner.query(
      'select count(*)::int as n, count(closed_at)::int as closed from quality_gates.alerts',
    )
    expect(rows).toEqual([{ n: 2, closed: 1 }])
  })

  test('critical alerts come first, also in the reply of the evaluation', async () => {
    const reply = await quality.post('metrics', { churn_rate: 0.16, engagement_rate: 0.2 })
    const { alerts } = reply.json()
    expect(alerts.map(({ metric }: { metric: string }) => metric)).toEqual([
      'engagement_rate',
      'churn_rate',
      'trust_score',
    ])
    expect((await openAlerts()).alerts).toEqual(alerts)
  })
})
