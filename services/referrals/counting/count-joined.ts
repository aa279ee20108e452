// Counts the referrals of people who confirmed while referrals were disabled.
import { setTimeout as wait } from 'node:timers/promises'
import { type Database, type Queryable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { FastifyInstance } from 'fastify'
import { lockAttribution } from '../members/attribution-lock.ts'
import { type ReferralTerms, refresh } from './refresh.ts'

const CHUNK = 100
const RETRY_MS = 10_000
const FIRST = '00000000-0000-0000-0000-000000000000'

const findNext = async (db: Queryable, after: string): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select referral.id
    from referrals.referrals as referral
    join referrals.members as referred on referred.id = referral.referred_user_id
    where referral.state = 'joined' and referred.confirmed and referral.id > ${after}
    order by referral.id
    limit ${CHUNK}`)
  return rows.map(({ id }) => id)
}

const countChunk = (db: Database, after: string, terms: ReferralTerms) =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    const referrals = await findNext(connection, after)
    await refresh(connection, referrals, terms)
    return referrals.at(-1)
  })

/** Refreshes the referrals that should count by now, in chunks, until `signal` aborts. */
export const countJoined = async (db: Database, terms: ReferralTerms, signal: AbortSignal) => {
  let last: string | undefined = FIRST
  while (last && !signal.aborted) last = await countChunk(db, last, terms)
}

/** Runs `countJoined` in the background when the service starts, if referrals are enabled. */
export const countJoinedAtStart = (app: FastifyInstance, terms: ReferralTerms) => {
  if (!terms.isEnabled) return
  const stopping = new AbortController()
  const { signal } = stopping
  const run = async (): Promise<void> => {
    try {
      await countJoined(app.database, terms, signal)
    } catch (err) {
      app.log.warn({ err }, 'referrals could not be counted, and are counted again in 10 s')
      await wait(RETRY_MS, undefined, { signal }).then(run, () => {})
    }
  }
  let running: Promise<void> | undefined
  app.addHook('onListen', async () => {
    running = run()
  })
  app.addHook('preClose', async () => {
    stopping.abort()
    await running
  })
}
