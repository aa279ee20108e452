// What runs out, and the audit trail of the jobs that see to it.
import type { Queryable } from '@vobee/shared/data/database'

const BATCH = 5_000

const inBatches = async (db: Queryable, statement: string): Promise<number> => {
  let total = 0
  for (let last = BATCH; last === BATCH; total += last) {
    last = (await db.query(statement, [BATCH])).rowCount ?? 0
  }
  return total
}

/** Deactivates the codes that are past their time; gives how many. */
export const expireCodes = (db: Queryable) =>
  inBatches(
    db,
    `update referrals.referral_codes set is_active = false
     where id in (
       select id from referrals.referral_codes
       where is_active and expires_at <= now()
       order by id limit $1 for update skip locked
     )`,
  )

/** Marks the claims that ran out; gives how many. They have not counted since they did. */
export const expireClaims = (db: Queryable) =>
  inBatches(
    db,
    `update referrals.referrals set status = 'expired'
     where id in (
       select id from referrals.referrals
       where state = 'claimed' and status = 'pending' and expires_at <= now()
       order by id limit $1 for update skip locked
     )`,
  )

const log = (db: Queryable, action: string, outcome: { count?: number; error?: unknown }) => {
  const { count, error } = outcome
  return db.query(
    `insert into referrals.automation_logs (service, action, status, details, error_message)
     values ('referrals', $1, $2, $3, $4)`,
    error
      ? [action, 'failed', {}, error instanceof Error ? error.message : String(error)]
      : [action, 'success', { count }, null],
  )
}

/** Runs a job and logs what it did. @throws what the job threw, once that is logged. */
export const logRun = async (db: Queryable, action: string, run: () => Promise<number>) => {
  try {
    const count = await run()
    await log(db, action, { count })
  } catch (error) {
    await log(db, action, { error }).catch(() => {})
    throw error
  }
}
