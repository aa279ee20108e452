// What a member has earned in invite codes.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import type { Audit } from '@vobee/shared/ops/audit-trail'
import { liveCodes } from './granted-codes.ts'
import { nothing, type Reconciled, type RewardTerms, reconcileRewards } from './reconcile.ts'
import { isCodes } from './targets.ts'

type Codes = { granted: number; available: number }
export type Earned = Codes & Reconciled

export type EarnTerms = RewardTerms & {
  /** Grants what is due although the gate is closed. */
  override_reason: string | null
  audit: Audit
}

const findMember = (person: string) =>
  prepared('find-earner', sql`select id from referrals.members where person = ${person}`)

const codesOf = (member: string) => sql`
  select coalesce(sum(amount - voided), 0) as granted,
         coalesce(sum(${liveCodes(sql`reward`)}), 0) as available
  from referrals.user_rewards as reward
  where user_id = ${member} and ${isCodes}`

const countCodes = async (db: Queryable, member: string): Promise<Codes> => {
  const { rows } = await db.query<Codes>(prepared('count-codes', codesOf(member)))
  return rows[0] as Codes
}

/**
 * Returns the codes that a person's counted referrals have earned, after granting what is still due.
 * Grants nothing while the gate is closed and not overridden.
 */
export const earn = (db: Transactable, person: string, terms: EarnTerms): Promise<Earned> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<{ id: string }>(findMember(person))
    if (!rows[0]) return { ...nothing, granted: 0, available: 0 }
    const { id } = rows[0]
    const { override_reason, audit } = terms
    const reconciled = await reconcileRewards(connection, [id], terms, { override_reason, audit })
    return { ...reconciled, ...(await countCodes(connection, id)) }
  })
