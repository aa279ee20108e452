// The service under test, on the database of the test file.
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildApp } from '../app.ts'
import { QualityGatesSettings } from '../config.ts'

export const settingsOf = (db: TestDatabase, more: NodeJS.ProcessEnv = {}) =>
  testSettings(QualityGatesSettings, db.urls['quality-gates'], more)

/** Returns functions that call the service as an admin. */
export const callsTo = (app: () => FastifyInstance) => ({
  post: (path: string, payload?: object) =>
    app().inject({
      method: 'POST',
      url: `/api/quality/${path}`,
      headers: asAdmin,
      ...(payload ? { payload } : {}),
    }),
  get: (path: string) =>
    app().inject({ method: 'GET', url: `/api/quality/${path}`, headers: asAdmin }),
})

/** Starts the service for a test file and empties its database before each test. */
export const useQuality = (db: TestDatabase) => {
  const service = {} as { app: FastifyInstance }
  beforeAll(() => {
    service.app = buildApp(settingsOf(db))
  })
  afterAll(() => service.app.close())
  beforeEach(db.empty)
  const processAll = async () => {
    while ((await service.app.inbox.processBatch()) !== 0);
  }
  return Object.assign(service, { processAll, ...callsTo(() => service.app) })
}

type PublishedGate = {
  consumer: string
  times: number
  last: { open: boolean; reasons: string[]; evaluated_at: string }
}

/** Returns the last state of the gate that was published to each consumer, and how many were. */
export const publishedGates = async (db: TestDatabase) => {
  const { rows } = await db.owner.query<PublishedGate>(`
    select consumer, count(*)::int as times,
           (array_agg(payload order by id desc))[1] as last
    from (
      select 'waitlist' as consumer, * from waitlist.inbox
      union all select 'invites', * from invites.inbox
      union all select 'referrals', * from referrals.inbox
    ) as inbox
    where event = 'gate.evaluated'
    group by consumer order by consumer`)
  return rows
}
