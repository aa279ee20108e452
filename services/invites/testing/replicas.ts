// Two replicas of invites on one database, for races.
import { untilAccepted } from '@vobee/testing/busy'
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

export const many = <T>(length: number, make: (n: number) => T) =>
  Array.from({ length }, (_, n) => make(n))

/** Returns two replicas for the test file that calls it. */
export const useReplicas = (db: TestDatabase) => {
  let replicas: FastifyInstance[] = []
  const build = () => buildApp(testSettings(InvitesSettings, db.urls.invites))
  beforeAll(() => {
    replicas = [build(), build()]
  })
  afterAll(() => Promise.all(replicas.map((app) => app.close())))
  beforeEach(db.empty)

  const post = (path: string, payload: object, n = 0, headers: object = asAdmin) => {
    const app = replicas[n % 2] as FastifyInstance
    const url = `/api/invites/${path}`
    return untilAccepted(() =>
      app.inject({ method: 'POST', url, headers: { ...headers }, payload }),
    )
  }
  return {
    app: (n: number) => replicas[n] as FastifyInstance,
    /** Sends a request to replica 0 or 1, and again as long as the database is busy. */
    post,
    generate: async (more: object = {}): Promise<string[]> =>
      (await post('generate', { batch_size: 1, ...more })).json().codes,
    /** Returns the uses, and those that the counts of limited codes say. */
    countUses: async () =>
      (
        await db.owner.query(`
          select (select count(*)::int from invites.uses) as uses,
                 (select coalesce(sum(b.max_uses - uses_left), 0)::int
                  from invites.codes join invites.batches as b on b.id = batch) as counted`)
      ).rows[0],
  }
}
