// SQL: the state of referrals, derived from what is known of both people, and the events about it.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

export type StateTerms = {
  /** Whether referrals may count: `ENABLE_REFERRAL_SYSTEM`. One that counts already continues to. */
  isEnabled: boolean
  /** The fraud score from which a referral is held for review. */
  holdFrom: number
}

const locked = (referrals: readonly string[]) => sql`
  select referral.*, referred.person, referred.confirmed, referred.redeemed_at,
         referrer.person as referrer, referrer.blocked_at is not null as is_blocked,
         coalesce(code.expires_at <= referred.joined_at, false) as had_expired
  from referrals.referrals as referral
  join referrals.members as referred on referred.id = referral.referred_user_id
  join referrals.members as referrer on referrer.id = referral.referrer_user_id
  left join referrals.referral_codes as code on code.id = referral.referral_code_id
  where referral.id = any (${referrals}) and referral.state <> 'claimed'
  order by referral.id
  for no key update of referral`

// A referral that broke a rule stays void. So does one whose person has another referrer by now. That
// the owner of the code left may become known after the join.
const voidReason = sql`
  case when is_self then 'self_referral'
       when reason in ('self_referral', 'code_expired') then reason
       when had_expired then 'code_expired'
       when reason = 'ring' then reason
       when is_blocked then 'blocked'
       when decision = 'voided' then 'fraud'
       when state = 'void' and exists (
         select from referrals.referrals as other
         where other.referred_user_id = locked.referred_user_id and other.id <> locked.id
           and other.state in ('joined', 'counted', 'held')
       ) then reason end`

const nextState = ({ isEnabled, holdFrom }: StateTerms) => sql`
  case when void_reason is not null then 'void'
       when fraud_score >= ${holdFrom} and decision is distinct from 'approved' then 'held'
       when confirmed and (${isEnabled}::boolean or state = 'counted') then 'counted'
       else 'joined' end`

const nextStanding = sql`
  case when next_state = 'held' or void_reason in ('self_referral', 'ring') then 'suspect'
       when void_reason in ('blocked', 'fraud') then 'decided'
       when void_reason is null then 'clean' end`

// A referral converts at the first of redemption and payment, and a void one does not.
const nextConversion = sql`case when void_reason is null then least(redeemed_at, paid_at) end`

const judged = (terms: StateTerms) => sql`
  select * from locked
  cross join lateral (select ${voidReason} as void_reason) as void
  cross join lateral (select ${nextState(terms)} as next_state) as next
  cross join lateral (select ${nextStanding} as next_standing) as standing_now
  cross join lateral (select ${nextConversion} as next_conversion) as conversion
  where (state, reason, standing, converted_at)
    is distinct from (next_state, void_reason, next_standing, next_conversion)`

const changed = sql`
  update referrals.referrals as referral
  set state = next_state, reason = void_reason, standing = next_standing,
      status = case when next_conversion is null then 'pending' else 'converted' end,
      converted_at = next_conversion, revision = referral.revision + 1,
      counted_at = case when next_state = 'counted' and judged.state <> 'counted'
        then now() else referral.counted_at end
  from judged
  where referral.id = judged.id
  returning referral.id, referral.revision, referral.counted_at, referral.created_at,
            referral.referrer_user_id, judged.state as state_before, referral.state,
            judged.standing as standing_before, referral.standing, judged.referrer, judged.person`

const creditOf = {
  referral_id: sql`id`,
  revision: sql`revision`,
  referrer: sql`referrer`,
  person: sql`person`,
}

const credited = publish(
  'referrals.credited',
  { referrals: [{ ...creditOf, at: sql`counted_at` }] },
  sql`changed where state = 'counted' and state_before <> 'counted'`,
)

const voided = publish(
  'referrals.voided',
  { referrals: [{ ...creditOf, at: sql`now()` }] },
  sql`changed where state <> 'counted' and state_before = 'counted'`,
)

const transitioned = publish(
  'referrals.transitioned',
  {
    transitions: [
      {
        referral_id: sql`id`,
        revision: sql`revision`,
        from: sql`standing_before`,
        to: sql`standing`,
        at: sql`created_at`,
      },
    ],
  },
  sql`changed where standing is distinct from standing_before`,
)

// The counts make Postgres run the CTEs that publish.
const applyTo = (referrals: readonly string[], terms: StateTerms) => sql`
  with locked as materialized (${locked(referrals)}),
  judged as (${judged(terms)}),
  changed as (${changed}),
  credited as (${credited}), voided as (${voided}), transitioned as (${transitioned})
  select distinct referrer_user_id as id,
         (select count(*) from credited) + (select count(*) from voided)
           + (select count(*) from transitioned) as published
  from locked`

/**
 * Derives the states of referrals again, and publishes what changed. Returns their
 * referrers, by id. The caller holds `lockAttribution`.
 */
export const applyStates = async (
  db: Queryable,
  referrals: readonly string[],
  terms: StateTerms,
): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(applyTo(referrals, terms))
  return rows.map(({ id }) => id)
}
