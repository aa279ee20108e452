// Invites under test: the service on the file's database, empty before each test.
import { type Identify, identifyBy } from '@vobee/shared/auth/callers'
import type { TestDatabase } from '@vobee/testing/database'
import { ADMIN_KEY, asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const reader = 'a-reader-key-of-at-least-32-characters'
export const asReader = { authorization: `Bearer ${reader}` }

export const identify: Identify = identifyBy([
  { name: 'env', secret: ADMIN_KEY, scopes: ['admin'] },
  { name: 'reader', secret: reader, scopes: ['invites:read'] },
])

/** Calls of an admin, and of a visitor who redeems. */
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

type Calls = ReturnType<typeof callsTo>

/**
 * Sends a request twice with one Idempotency-Key, and runs `between` in between. Expects the same
 * reply, and returns its body.
 */
const twiceBy =
  ({ post }: Calls) =>
  async (path: string, payload: object, between = async () => {}) => {
    const headers = { ...asAdmin, 'idempotency-key': crypto.randomUUID() }
    const first = await post(path, payload, headers)
    await between()
    const again = await post(path, payload, headers)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect([again.statusCode, again.json()]).toEqual([first.statusCode, first.json()])
    return first.json()
  }

/** Returns the service for the test file that calls it. */
export const useInvites = (db: TestDatabase) => {
  const holder = {} as { app: FastifyInstance }
  beforeAll(() => {
    holder.app = buildApp(testSettings(InvitesSettings, db.urls.invites), identify)
  })
  afterAll(() => holder.app.close())
  beforeEach(db.empty)
  const rows = async (text: string, value: string) => (await db.owner.query(text, [value])).rows
  const calls = callsTo(() => holder.app)
  return Object.assign(holder, calls, {
    twice: twiceBy(calls),
    /** Returns the payloads of events that quality-gates consumes. */
    published: async (event: string) => {
      const inbox = 'select payload from quality_gates.inbox where event = $1 order by id'
      return (await rows(inbox, event)).map(({ payload }) => payload)
    },
    /** Returns how often an action was logged. */
    countLogged: async (action: string) =>
      (await rows('select from invites.audit where act = $1', action)).length,
  })
}

/** Returns how many codes the events count, by batch. */
export const countsOf = (events: { batches: { batch_id: string; count: number }[] }[]) => {
  const counts: Record<string, number> = {}
  for (const { batch_id, count } of events.flatMap(({ batches }) => batches)) {
    counts[batch_id] = (counts[batch_id] ?? 0) + count
  }
  return counts
}
