// Scheduled grants: badges, and what was due while the gate was closed or referrals were disabled.
import { type Database, type Queryable, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import { lockAttribution } from '../members/attribution-lock.ts'
import { type GrantOptions, type RewardTerms, reconcileRewards } from './reconcile.ts'

/** Members in a transaction. */
const CHUNK = 200

const reconcileChunk = (
  db: Database,
  members: readonly string[],
  { options, ...terms }: RewardTerms & { options?: GrantOptions },
) =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    return reconcileRewards(connection, members, terms, options)
  })

const withoutBadge = (least: number) => sql`
  select referrer_user_id as id
  from referrals.referrals
  where status = 'converted' and state = 'counted'
  group by referrer_user_id
  having count(*) >= ${least} and not exists (
    select from referrals.user_rewards
    where user_id = referrer_user_id and reward_type = 'badge' and voided < amount
  )`

/** Awards the badge to members who have reached it; returns how many. */
export const awardBadges = async (db: Database, terms: RewardTerms): Promise<number> => {
  const badge = terms.rules.thresholds.find(({ reward_type }) => reward_type === 'badge')
  const statement = withoutBadge(badge?.converted ?? 1)
  const rows = await transaction(db, (connection) => runLong<{ id: string }>(connection, statement))
  let awarded = 0
  for (let from = 0; from < rows.length; from += CHUNK) {
    const members = rows.slice(from, from + CHUNK).map(({ id }) => id)
    const reconciled = await reconcileChunk(db, members, { ...terms, options: { badges: true } })
    awarded += reconciled.grants
  }
  return awarded
}

const findDue = async (db: Queryable, { maxGateAge }: RewardTerms): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select id from referrals.members
    where due_since is not null and (select open from (${gateState('referrals', maxGateAge())}) as gate)
    order by due_since limit ${CHUNK}`)
  return rows.map(({ id }) => id)
}

/** Grants what is due, as long as the gate is open and referrals are enabled; returns how much. */
export const grantDue = async (db: Database, terms: RewardTerms): Promise<number> => {
  if (!terms.isEnabled) return 0
  let granted = 0
  for (;;) {
    const members = await findDue(db, terms)
    if (members.length === 0) return granted
    const { grants, is_due } = await reconcileChunk(db, members, terms)
    granted += grants
    if (is_due) return granted
  }
}
