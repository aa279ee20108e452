// SQL: what the services store after a run.
import type { Inboxes } from './inboxes.ts'

export type ReferralRow = {
  id: string
  referrer: string
  referred: string
  source: 'code' | 'share'
  state: 'claimed' | 'joined' | 'counted' | 'held' | 'void'
  reason: string | null
  status: 'pending' | 'converted' | 'expired'
  fraud_score: number
  decision: 'approved' | 'voided' | null
  is_blocked: boolean
}

const REFERRALS = `
  select referral.id, referrer.person as referrer, referred.person as referred, source, state,
         reason, status, fraud_score, decision, referrer.blocked_at is not null as is_blocked
  from referrals.referrals as referral
  join referrals.members as referrer on referrer.id = referrer_user_id
  join referrals.members as referred on referred.id = referred_user_id
  order by referral.created_at, referral.id`

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

const WAITING = `
  select 'waitlist' as service, event, error from waitlist.inbox
  union all select 'invites', event, error from invites.inbox
  union all select 'referrals', event, error from referrals.inbox
  union all select 'quality_gates', event, error from quality_gates.inbox`

export const observe = async ({ query }: Inboxes) => ({
  referrals: await query<ReferralRow>(REFERRALS),
  entries: await query<EntryRow>(ENTRIES),
  miscounted: await query<object>(GRANTED),
  waiting: await query<object>(WAITING),
})
export type Observed = Awaited<ReturnType<typeof observe>>
