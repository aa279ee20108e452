// A service with a route that logs an action, for tests of the audit log.
import { environmentKey, identifyBy, key, visitor } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { type Audit, auditOf, logAction } from '@vobee/shared/ops/audit-trail'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { z } from 'zod'
import { type BareService, buildBareService } from './bare-service.ts'
import type { TestDatabase } from './database.ts'
import { ADMIN_KEY } from './settings.ts'

export const asReader = { authorization: 'Bearer a-reader-key-of-at-least-32-characters' }
export const asOperator = { authorization: 'Bearer an-operator-key-of-at-least-32-chars' }

const identify = identifyBy([
  environmentKey(ADMIN_KEY),
  { id: 'r1', name: 'reader', secret: asReader.authorization.slice(7), scopes: ['invites:read'] },
  { id: 'o1', name: 'operator', secret: asOperator.authorization.slice(7), scopes: ['ops:read'] },
])

/** Who acted. */
export const by = (actor: string): Audit => ({
  actor,
  key_id: `${actor} id`,
  address: '203.0.113.9',
  request_id: 'request-1',
  reason: null,
})

const actionRoute = (app: BareService, url: string, auth: typeof visitor) =>
  route(
    app,
    {
      method: 'POST',
      url,
      operationId: 'test',
      summary: 'x',
      auth,
      replies: [200, z.object({})],
    },
    async (input) => {
      const audit = auditOf(input, 'because')
      await logAction(app.database, 'invites', audit, { act: 'things.done', subject: '7' })
      return {}
    },
  )

/** Returns the service for the test file that calls it, and what reads and writes its log. */
export const useAuditedService = (db: TestDatabase) => {
  let app: BareService
  beforeAll(() => {
    app = buildBareService(db.urls.invites, { identify })
    actionRoute(app, '/act', key('invites:read'))
    actionRoute(app, '/visit', visitor)
  })
  afterAll(() => app.close())
  beforeEach(db.empty)
  return {
    app: () => app,
    read: (query = '', headers: Record<string, string> = asOperator) =>
      app.inject({ url: `/api/invites/audit${query}`, headers }),
    write: async (acts: [actor: string, act: string, subject: string][]) => {
      for (const [actor, act, subject] of acts) {
        await logAction(app.database, 'invites', by(actor), { act, subject })
      }
    },
  }
}
