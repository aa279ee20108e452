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

type StoredGate = { service: string; open: boolean; reasons: string[]; evaluated_at: Date | null }

/** Returns the gate as each service that decides on it reads it. */
export const storedGates = async (db: TestDatabase) => {
  const { rows } = await db.owner.query<StoredGate>(`
    select 'invites' as service, open, reasons, evaluated_at from invites.gate
    union all select 'referrals', open, reasons, evaluated_at from referrals.gate
    union all select 'waitlist', open, reasons, evaluated_at from waitlist.gate
    order by service`)
  return rows
}
