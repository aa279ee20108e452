// SQL: granted invite codes after the grant: minted by invites, then used, revoked or expired there.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

export type Minted = { grant_id: string; at: string }
type Use = Payload<'invites.used'>['uses'][number]
type Code = Payload<'invites.granted_codes'>['codes'][number]

/** Returns the members who were granted, by id. */
export const findEarners = async (db: Queryable, grants: readonly Minted[]): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select distinct user_id as id from referrals.user_rewards
    where id = any (${grants.map(({ grant_id }) => grant_id)}::uuid[])`)
  return rows.map(({ id }) => id)
}

/** Marks grants whose codes exist as claimed. The caller has locked their members. */
export const recordMinted = (db: Queryable, grants: readonly Minted[]) =>
  db.query(sql`
    update referrals.user_rewards as reward set is_claimed = true, claimed_at = minted.at
    from (
      select grant_id, min(at) as at
      from json_to_recordset(${JSON.stringify(grants)}) as minted (grant_id uuid, at timestamptz)
      group by grant_id
    ) as minted
    where reward.id = minted.grant_id and not is_claimed`)

/** Records uses of granted codes, each once. */
export const recordUses = (db: Queryable, uses: readonly Use[]) =>
  db.query(sql`
    insert into referrals.reward_code_uses (use_id, reward_id, code_id)
    select use_id, reward_id, code_id
    from unnest(
      ${uses.map((use) => use.use_id)}::uuid[], ${uses.map((use) => use.grant_id)}::uuid[],
      ${uses.map((use) => use.code_id ?? null)}::bigint[]
    ) as used (use_id, reward_id, code_id)
    where reward_id is not null
    order by use_id
    on conflict do nothing`)

/** Records the state of granted codes. An older state than the recorded one changes nothing. */
export const recordCodes = (db: Queryable, codes: readonly Code[]) =>
  db.query(sql`
    insert into referrals.granted_codes as known
      (code_id, reward_id, is_revoked, expires_at, version)
    select distinct on (code_id) code_id, grant_id, is_revoked, expires_at, version
    from json_to_recordset(${JSON.stringify(codes)}) as code (
      code_id bigint, grant_id uuid, is_revoked boolean, expires_at timestamptz, version bigint
    )
    order by code_id, version desc
    on conflict (code_id) do update set
      is_revoked = excluded.is_revoked, expires_at = excluded.expires_at,
      version = excluded.version
    where known.version < excluded.version`)

/**
 * SQL: how many codes of a grant, a row of `user_rewards`, can be redeemed: those that are not used,
 * revoked or expired, or all that are granted until invites has published them.
 */
export const liveCodes = (reward: Sql): Sql => sql`
  greatest(0, coalesce(
    (
      select count(*) filter (where not is_revoked and coalesce(expires_at > now(), true)
               and not exists (
                 select from referrals.reward_code_uses as used where used.code_id = code.code_id
               ))
      from referrals.granted_codes as code where code.reward_id = ${reward}.id
      having count(*) > 0
    ) - (
      select count(*) from referrals.reward_code_uses
      where reward_id = ${reward}.id and code_id is null
    ),
    ${reward}.amount - ${reward}.voided - (
      select count(*) from referrals.reward_code_uses where reward_id = ${reward}.id
    )
  ))`
