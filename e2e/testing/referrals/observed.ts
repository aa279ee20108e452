// SQL: what the services store after a run.
import type { Inboxes } from './inboxes.ts'

export type ReferralRow = {
  id: string
  referrer_id: string
  referrer: string
  referred: string
  source: 'code' | 'share'
  state: 'claimed' | 'joined' | 'counted' | 'held' | 'void'
  reason: string | null
  status: 'pending' | 'converted' | 'expired'
  fraud_score: number
  decision: 'approved' | 'voided' | null
  is_paid: boolean
  standing: 'clean' | 'suspect' | 'decided' | null
  is_blocked: boolean
}

const REFERRALS = `
  select referral.id, referrer.id as referrer_id, referrer.person as referrer, referred.person as referred, source, state,
         reason, status, fraud_score, decision, paid_at is not null as is_paid, standing,
         referrer.blocked_at is not null as is_blocked
  from referrals.referrals as referral
  join referrals.members as referrer on referrer.id = referrer_user_id
  join referrals.members as referred on referred.id = referred_user_id
  order by referral.created_at, referral.id`

export type MemberRow = { id: string; person: string }

/** A grant; the sums of its entries in the ledger; and its codes in invites. */
export type RewardRow = {
  id: string
  user_id: string
  key: string
  amount: number
  voided: number
  is_claimed: boolean
  granted: number
  taken: number
  claims: number
  minted: number
  live: number
  used: number
}

const REWARDS = `
  select reward.id, user_id, grant_key as key, amount, voided, is_claimed, entries.*, codes.*
  from referrals.user_rewards as reward
  cross join lateral (
    select coalesce(sum(amount) filter (where kind = 'grant'), 0)::int as granted,
           coalesce(sum(amount) filter (where kind = 'void'), 0)::int as taken,
           (count(*) filter (where kind = 'claim'))::int as claims
    from referrals.reward_entries where reward_id = reward.id
  ) as entries
  cross join lateral (
    select count(code.id)::int as minted,
           (count(*) filter (where revoked_at is null and uses_left > 0))::int as live,
           (count(*) filter (where uses_left = 0))::int as used
    from invites.batches as batch join invites.codes as code on code.batch = batch.id
    where grant_id = reward.id
  ) as codes
  order by reward.created_at, reward.id`

export type EntryRow = { person: string; code: string; credits: number; confirmed: boolean }

const ENTRIES = `
  select person, referral_code as code, credits, confirmed_at is not null as confirmed
  from waitlist.entries order by person`

// Codes of grants in invites, beside the uses that referrals has counted.
const GRANTED = `
  select coalesce(invites.grant_id, counted.reward_id) as grant_id, used, counted
  from (
    select grant_id, count(uses.id)::int as used
    from invites.batches as batch
    join invites.codes as code on code.batch = batch.id
    left join invites.uses on uses.code_id = code.id
    where grant_id is not null
    group by grant_id
  ) as invites
  full join (
    select reward_id, count(*)::int as counted from referrals.reward_code_uses group by reward_id
  ) as counted on counted.reward_id = invites.grant_id
  where used is distinct from coalesce(counted, 0)`

const STANDINGS = `
  select coalesce(sum(count) filter (where kind = 'referrals.attributed'), 0)::int as attributed,
         coalesce(sum(count) filter (where kind = 'referrals.suspect'), 0)::int as suspect
  from quality_gates.daily_counts`

const WAITING = `
  select 'waitlist' as service, event, error from waitlist.inbox
  union all select 'invites', event, error from invites.inbox
  union all select 'referrals', event, error from referrals.inbox
  union all select 'quality_gates', event, error from quality_gates.inbox`

export const observe = async ({ query }: Inboxes) => ({
  standings: (await query<{ attributed: number; suspect: number }>(STANDINGS))[0] ?? {
    attributed: 0,
    suspect: 0,
  },
  referrals: await query<ReferralRow>(REFERRALS),
  members: await query<MemberRow>('select id, person from referrals.members order by id'),
  rewards: await query<RewardRow>(REWARDS),
  entries: await query<EntryRow>(ENTRIES),
  miscounted: await query<object>(GRANTED),
  waiting: await query<object>(WAITING),
})
export type Observed = Awaited<ReturnType<typeof observe>>
