// The rewards of members, brought to what their referrals have earned.
import type { Transaction } from '@vobee/shared/data/database'
import { prepared, type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Gate, gateState } from '@vobee/shared/gate'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { takeBack } from './take-back.ts'
import { balances, isCodes, type RewardRules } from './targets.ts'

export type RewardTerms = {
  /** As `maxGateAge` of shared/gate returns it. */
  maxGateAge: () => number | null
  /** Whether rewards are granted: `ENABLE_REFERRAL_SYSTEM`. They are taken back in any case. */
  isEnabled: boolean
  rules: RewardRules
  /** Days for which a reward can be claimed; null: always. */
  claimDays: number | null
}

/** What else a caller may want granted: with a reason although the gate is closed, and badges. */
export type GrantOptions = { override_reason?: string | null; audit?: Audit; badges?: boolean }

/** The gate, whether something is due that was not granted, and how many rewards were granted. */
export type Reconciled = Gate & { is_due: boolean; grants: number }

/** Locks members, by id: their rewards change in one transaction at a time. */
export const lockMembers = (db: Transaction, members: readonly string[]) =>
  db.query(sql`
    select from referrals.members where id = any (${members}::uuid[])
    order by id for no key update`)

type Grant = RewardTerms & Required<GrantOptions>

// An erased person has nobody left to receive a reward.
const missing = ({ badges }: Grant) => sql`
  select balances.*, (target - net)::int as amount
  from balances join subjects on subjects.id = user_id
  where target > net and not is_frozen and not starts_with(person, 'erased-')
    and (${badges}::boolean or reward_type <> 'badge' or due_since is not null)`

const granted = ({ override_reason, isEnabled, claimDays }: Grant) => sql`
  insert into referrals.user_rewards
    (user_id, reward_type, grant_key, reward_value, amount, referral_id, expires_at)
  select user_id, reward_type, grant_key, value || jsonb_strip_nulls(jsonb_build_object(
           'codes', case when ${isCodes} then amount end,
           'override_reason', case when not gate.open then ${override_reason}::text end
         )), amount, referral_id,
         case when not ${isCodes} then now() + make_interval(days => ${claimDays}::int) end
  from missing cross join gate
  where ${isEnabled}::boolean and (gate.open or ${override_reason}::text is not null)
  order by user_id, length(grant_key), grant_key
  returning id, user_id, reward_type, reward_value`

const earnedEvent = publish(
  'referrals.earned',
  {
    grants: [
      {
        grant_id: sql`granted.id`,
        person: sql`subjects.person`,
        masked: sql`subjects.masked`,
        codes: sql`reward_value -> 'codes'`,
        reason: sql`reward_value -> 'reason'`,
      },
    ],
  },
  sql`granted join subjects on subjects.id = granted.user_id where ${isCodes}`,
)

const actions = sql`
  select 'referrals.earned', id::text,
         reward_value || jsonb_build_object('gate_overridden', not gate.open)
  from granted cross join gate`

// What is due waits for the gate, or until referrals are enabled.
const marked = sql`
  update referrals.members as member
  set due_since = case when is_due then coalesce(member.due_since, now()) end
  from (
    select id, due_since, id in (select user_id from due) as is_due from subjects
  ) as subject
  where member.id = subject.id and (subject.due_since is not null) <> is_due`

// The last counts make Postgres run the CTEs that publish.
const reconcile = (members: readonly string[], grant: Grant): Sql => sql`
  with gate as (${gateState('referrals', grant.maxGateAge())}),
  subjects as materialized (
    select id, person, masked, due_since, blocked_at is not null as is_blocked
    from referrals.members where id = any (${members}::uuid[])
  ),
  ${balances(grant.rules)},
  missing as (${missing(grant)}),
  granted as (${granted(grant)}),
  due as (select user_id from missing where not exists (select from granted)),
  published as (${earnedEvent}),
  logged as (${logActions('referrals', grant.audit, actions)}),
  marked as (${marked}),
  ${takeBack}
  select gate.open, gate.reasons, exists (select from due) as is_due,
         (select count(*) from granted) as grants,
         (select count(*) from published) + (select count(*) from published_recalls) as published,
         set_config('plan_cache_mode', 'auto', true)
  from gate`

// One plan for all calls of a connection: a call took 4.3 ms of a test, 3 of them for its own plan.
const planOnce = `select set_config('plan_cache_mode', 'force_generic_plan', true)`

export const nothing: Reconciled = { open: true, reasons: [], is_due: false, grants: 0 }

/**
 * Brings the rewards of members, by id, to what their referrals have earned: grants what is missing
 * and takes back what is too much. Grants nothing while the gate is closed or referrals are disabled;
 * what is due then is granted later. Calling it again changes nothing. The caller holds
 * `lockAttribution`, or names one member only.
 */
export const reconcileRewards = async (
  db: Transaction,
  members: readonly string[],
  terms: RewardTerms,
  options: GrantOptions = {},
): Promise<Reconciled> => {
  if (members.length === 0) return nothing
  const grant = { override_reason: null, audit: null, badges: false, ...terms, ...options }
  // Sent together, but statements of their own: after the lock the last one sees what an earlier
  // caller was granted.
  const [, , { rows }] = await Promise.all([
    db.query(planOnce),
    lockMembers(db, members),
    db.query<Reconciled>(prepared('reconcile', reconcile(members, grant))),
  ])
  return rows[0] as Reconciled
}
