// SQL: which referrals and members a review applies to.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { ReviewAction, Unchanged } from './review-body.ts'

export type Selected = { referrals: string[]; unchanged: Unchanged }

type Found = { id: string; outcome: 'chosen' | keyof Unchanged }

const outcome = (action: ReviewAction, canChange: boolean) => sql`
  case when referral.id is null or state = 'claimed' then 'unknown'
       when reason in ('self_referral', 'code_expired', 'ring', 'blocked') then 'already_decided'
       when decision is not null and (not ${canChange}::boolean or decision = ${
         action === 'approve' ? 'approved' : 'voided'
       }) then 'already_decided'
       when ${action === 'approve'}::boolean and state <> 'held' and decision is null then 'not_held'
       else 'chosen' end`

/** Returns which of the named referrals an approval or a void applies to. */
export const selectNamed = async (
  db: Queryable,
  named: readonly string[],
  { action, canChange }: { action: ReviewAction; canChange: boolean },
): Promise<Selected> => {
  const { rows } = await db.query<Found>(sql`
    select distinct on (named.id) named.id, ${outcome(action, canChange)} as outcome
    from unnest(${named}::uuid[]) as named (id)
    left join referrals.referrals as referral on referral.id = named.id`)
  const having = (wanted: Found['outcome']) =>
    rows.filter((row) => row.outcome === wanted).map(({ id }) => id)
  return {
    referrals: having('chosen'),
    unchanged: {
      unknown: having('unknown'),
      already_decided: having('already_decided'),
      not_held: having('not_held'),
    },
  }
}

/** Returns the referrers of the named referrals, and the ids that no referral has. */
export const findReferrers = async (db: Queryable, named: readonly string[]) => {
  const { rows } = await db.query<{ id: string; referrer: string | null }>(sql`
    select named.id, referrer_user_id as referrer
    from unnest(${named}::uuid[]) as named (id)
    left join referrals.referrals as referral
      on referral.id = named.id and referral.state <> 'claimed'`)
  return {
    members: [...new Set(rows.flatMap(({ referrer }) => referrer ?? []))],
    unknown: rows.filter(({ referrer }) => referrer === null).map(({ id }) => id),
  }
}

/** SQL: the referrals of members that a review of all theirs applies to. */
export const referralsOf = (members: readonly string[], action: ReviewAction) => {
  const applies = {
    approve: sql`state = 'held'`,
    void: sql`state = 'held'`,
    block: sql`state in ('joined', 'counted', 'held')`,
    unblock: sql`state = 'void' and reason = 'blocked'`,
  }
  return sql`
    select id from referrals.referrals
    where referrer_user_id = any (${members}::uuid[]) and ${applies[action]}`
}
