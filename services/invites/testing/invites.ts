// Invites under test: the service on the file's database, empty before each test.
import { type Identify, identifyBy } from '@vobee/shared/auth/callers'
import type { TestDatabase } from '@vobee/testing/database'
import { ADMIN_KEY, asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const reader = 'a-reader-key-of-at-least-32-characters'
export const asReader = { authorization: `Bearer ${reader}` }

export const identify: Identify = identifyBy([
  { name: 'env', secret: ADMIN_KEY, scopes: ['admin'] },
  { name: 'reader', secret: reader, scopes: ['invites:read'] },
])

/** What an admin asks of the service. */
export const callsTo = (app: () => FastifyInstance) => {
  const post = (path: string, payload: object = {}, headers: Record<string, string> = asAdmin) =>
    app().inject({ method: 'POST', url: `/api/invites/${path}`, headers, payload })
  return {
    post,
    get: (path: string, headers: Record<string, string> = asAdmin) =>
      app().inject({ url: `/api/invites/${path}`, headers }),
    redeem: (code: string, email = 'user@example.com') => post('redeem', { code, email }, {}),
    generate: async (more: object = {}): Promise<string[]> =>
      (await post('generate', { batch_size: 1, ...more })).json().codes,
  }
}

/** Gives the test file that calls it the service. */
export const useInvites = (db: TestDatabase) => {
  const given = {} as { app: FastifyInstance }
  beforeAll(() => {
    given.app = buildApp(testSettings(InvitesSettings, db.urls.invites), identify)
  })
  afterAll(() => given.app.close())
  beforeEach(db.empty)
  const told = async (event: string) =>
    (
      await db.owner.query('select payload from quality_gates.inbox where event = $1 order by id', [
        event,
      ])
    ).rows.map((row) => row.payload)
  return Object.assign(
    given,
    callsTo(() => given.app),
    { told },
  )
}

/** How many codes an event told of, by batch. */
export const countsOf = (news: { batches: { batch_id: string; count: number }[] }[]) => {
  const counts: Record<string, number> = {}
  for (const { batch_id, count } of news.flatMap(({ batches }) => batches)) {
    counts[batch_id] = (counts[batch_id] ?? 0) + count
  }
  return counts
}
