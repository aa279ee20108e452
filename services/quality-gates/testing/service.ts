// Quality gates under test: the service on the file's database, empty before each test.
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildApp } from '../app.ts'
import { QualityGatesSettings } from '../config.ts'

export const settingsOf = (db: TestDatabase, more: NodeJS.ProcessEnv = {}) =>
  testSettings(QualityGatesSettings, db.urls['quality-gates'], more)

/** What an admin posts to the service, and gets from it. */
export const callsTo = (app: () => FastifyInstance) => ({
  post: (act: string, payload?: object) =>
    app().inject({
      method: 'POST',
      url: `/api/quality/${act}`,
      headers: asAdmin,
      ...(payload ? { payload } : {}),
    }),
  get: (what: string) =>
    app().inject({ method: 'GET', url: `/api/quality/${what}`, headers: asAdmin }),
})

/** Gives the test file that calls it the service. */
export const useQuality = (db: TestDatabase) => {
  const given = {} as { app: FastifyInstance }
  beforeAll(() => {
    given.app = buildApp(settingsOf(db))
  })
  afterAll(() => given.app.close())
  beforeEach(db.empty)
  return Object.assign(
    given,
    callsTo(() => given.app),
  )
}

/** What each of the three that issue was told last, and how often. */
export const heard = async (db: TestDatabase) => {
  const { rows } = await db.owner.query(`
    select listener, count(*)::int as times,
           (array_agg(payload order by id desc))[1] as last
    from (
      select 'waitlist' as listener, * from waitlist.inbox
      union all select 'invites', * from invites.inbox
      union all select 'referrals', * from referrals.inbox
    ) as told
    where event = 'gate.evaluated'
    group by listener order by listener`)
  return rows as {
    listener: string
    times: number
    last: { open: boolean; reasons: string[]; evaluated_at: string }
  }[]
}
