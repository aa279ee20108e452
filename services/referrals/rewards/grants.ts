// The ledger of granted invite codes: each tier once per member.
import { type Transactable, transaction } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Gate, gateState } from '@vobee/shared/gate'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { codeTiers } from './reward-rules.ts'

export type Earned = Gate & { granted: number; used: number; is_due: boolean }

export type EarnTerms = {
  /** As `maxGateAge` of shared/gate returns it. */
  gateAge: number | null
  /** Grants what is due although the gate is closed. */
  override_reason: string | null
  audit: Audit
}

const dueTiers = (member: string) => sql`
  select 'invite_codes:' || tier.referrals as grant_key, tier.codes, tier.reason
  from unnest(
    ${codeTiers.map((tier) => tier.referrals)}::int[], ${codeTiers.map((tier) => tier.codes)}::int[],
    ${codeTiers.map((tier) => tier.reason)}::text[]
  ) as tier (referrals, codes, reason)
  where tier.referrals <= (
    select count(*) from referrals.referrals
    where referrer_user_id = ${member} and state = 'counted'
  ) and not exists (
    select from referrals.user_rewards
    where user_id = ${member} and grant_key = 'invite_codes:' || tier.referrals
  )`

const insertGrants = (member: string, override_reason: string | null) => sql`
  insert into referrals.user_rewards (user_id, reward_type, grant_key, reward_value)
  select ${member}::uuid, 'invite_codes', grant_key, jsonb_strip_nulls(jsonb_build_object(
    'codes', codes, 'reason', reason,
    'override_reason', case when not gate.open then ${override_reason}::text end
  ))
  from due cross join gate
  where gate.open or ${override_reason}::text is not null
  returning id, user_id, reward_value`

const earnedEvent = publish(
  'referrals.earned',
  {
    grants: [
      {
        grant_id: sql`granted.id`,
        person: sql`member.person`,
        codes: sql`reward_value -> 'codes'`,
        reason: sql`reward_value -> 'reason'`,
      },
    ],
  },
  sql`granted join referrals.members as member on member.id = granted.user_id`,
)

const actions = sql`
  select 'referrals.earned', id::text,
         reward_value || jsonb_build_object('gate_overridden', not gate.open)
  from granted cross join gate`

// The last count makes Postgres run the CTE that publishes.
const grantDue = (member: string, { gateAge, override_reason, audit }: EarnTerms) => sql`
  with gate as (${gateState('referrals', gateAge)}),
  due as (${dueTiers(member)}),
  granted as (${insertGrants(member, override_reason)}),
  published as (${earnedEvent}),
  logged as (${logActions('referrals', audit, actions)}),
  held as (
    select id, reward_value from granted
    union all
    select id, reward_value from referrals.user_rewards
    where user_id = ${member} and reward_type = 'invite_codes'
  )
  select coalesce(sum((reward_value ->> 'codes')::int), 0) as granted,
         (select count(*) from referrals.reward_code_uses
          where reward_id in (select id from held)) as used,
         exists (select from due) as is_due,
         (select open from gate) as open,
         (select reasons from gate) as reasons,
         (select count(*) from published) as published
  from held`

const lockMember = (person: string) =>
  sql`select id from referrals.members where person = ${person} for no key update`

const nothing: Earned = { granted: 0, used: 0, is_due: false, open: true, reasons: [] }

/**
 * Grants the codes that a person's counted referrals have earned, each tier once from any number of
 * callers. Grants nothing while the gate is closed and not overridden.
 */
export const earn = (db: Transactable, person: string, terms: EarnTerms): Promise<Earned> =>
  transaction(db, async (connection) => {
    // A statement of its own: after the lock the next one sees what an earlier caller was granted.
    const { rows } = await connection.query<{ id: string }>(lockMember(person))
    if (!rows[0]) return nothing
    const statement = prepared('earn', grantDue(rows[0].id, terms))
    const earned = await connection.query<Earned>(statement)
    return earned.rows[0] as Earned
  })
