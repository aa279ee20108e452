// The ledger of earned codes: granted once for each tier, minted by invites, used by anybody.

import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import { type Gate, gateRow } from '@vobee/shared/gate'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { codeTiers } from './reward-rules.ts'

const EARNED = `
  select 'referrals.earned', id::text,
         reward_value || jsonb_build_object('gate_overridden', not gate.open)
  from granted cross join gate`

// Grants what is due where the gate is open, and tells invites of it.
const EARN = `
  with gate as (${gateRow('referrals', 2)}),
  due as (
    select 'invite_codes:' || tier.referrals as grant_key, tier.codes, tier.reason
    from unnest($3::int[], $4::int[], $5::text[]) as tier (referrals, codes, reason)
    where tier.referrals <= (
      select count(*) from referrals.referrals
      where referrer_user_id = $1 and state = 'counted'
    ) and not exists (
      select from referrals.user_rewards
      where user_id = $1 and grant_key = 'invite_codes:' || tier.referrals
    )
  ), granted as (
    insert into referrals.user_rewards (user_id, reward_type, grant_key, reward_value)
    select $1, 'invite_codes', grant_key, jsonb_strip_nulls(jsonb_build_object(
      'codes', codes, 'reason', reason,
      'override_reason', case when not gate.open then $6::text end
    ))
    from due cross join gate
    where gate.open or $6::text is not null
    returning id, user_id, reward_value
  ), told as (
    select invites.publish('referrals.earned', payload)
    from (
      select jsonb_build_object('grants', jsonb_agg(jsonb_build_object(
        'grant_id', granted.id, 'person', member.person, 'codes', reward_value -> 'codes',
        'reason', reward_value -> 'reason'
      ))) as payload
      from granted join referrals.members as member on member.id = granted.user_id
      having count(*) > 0
    ) as news
  ), audited as (${logActions('referrals', 7, EARNED)}), held as (
    select id, reward_value from granted
    union all
    select id, reward_value from referrals.user_rewards
    where user_id = $1 and reward_type = 'invite_codes'
  )
  select coalesce(sum((reward_value ->> 'codes')::int), 0) as granted,
         (select count(*) from referrals.reward_code_uses
          where reward_id in (select id from held)) as used,
         exists (select from due) as is_due,
         (select open from gate) as open,
         (select reasons from gate) as reasons,
         (select count(*) from told) as told
  from held`

export type Earned = Gate & { granted: number; used: number; is_due: boolean }

export type EarnTerms = {
  /** As `gatePatience` gives it. */
  patience: number | null
  /** Lets what is due through a gate that is closed. */
  override_reason: string | null
  audit: Audit
}

const nothing: Earned = { granted: 0, used: 0, is_due: false, open: true, reasons: [] }

/**
 * Grants a person the codes that their counted referrals have earned and that were not granted
 * before: once, however many ask. Nothing is granted while the gate is closed and not overridden.
 */
export const earn = (db: Transactable, person: string, terms: EarnTerms): Promise<Earned> =>
  transaction(db, async (connection) => {
    // The lock makes who comes second see, in a new snapshot, what the first was granted.
    const { rows } = await connection.query<{ id: string }>(
      'select id from referrals.members where person = $1 for no key update',
      [person],
    )
    if (!rows[0]) return nothing
    const earned = await connection.query<Earned>({
      name: 'earn',
      text: EARN,
      values: [
        rows[0].id,
        terms.patience,
        codeTiers.map((tier) => tier.referrals),
        codeTiers.map((tier) => tier.codes),
        codeTiers.map((tier) => tier.reason),
        terms.override_reason,
        terms.audit,
      ],
    })
    return earned.rows[0] as Earned
  })

/** Marks the grants whose codes invites has minted. */
export const markMinted = (
  db: Queryable,
  grants: Payload<'invites.created'>['grants'],
  at: string,
) =>
  db.query(
    `update referrals.user_rewards set is_claimed = true, claimed_at = $2
     where id = any ($1) and not is_claimed`,
    [grants.map((grant) => grant.grant_id), at],
  )

/** Keeps the uses of granted codes. */
export const recordUses = (db: Queryable, uses: Payload<'invites.used'>['uses']) =>
  db.query(
    `insert into referrals.reward_code_uses (use_id, reward_id)
     select use_id, reward_id from unnest($1::uuid[], $2::uuid[]) as used (use_id, reward_id)
     where reward_id is not null
     order by use_id
     on conflict do nothing`,
    [uses.map((use) => use.use_id), uses.map((use) => use.grant_id)],
  )
