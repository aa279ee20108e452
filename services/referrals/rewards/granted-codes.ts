// Granted invite codes after the grant: minted by invites, then used by anyone.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Grant = Payload<'invites.created'>['grants'][number]
type Use = Payload<'invites.used'>['uses'][number]

/** Marks grants whose codes exist now as claimed. */
export const recordMinted = (db: Queryable, grants: readonly Grant[], at: string) =>
  db.query(sql`
    update referrals.user_rewards set is_claimed = true, claimed_at = ${at}
    where id = any (${grants.map((grant) => grant.grant_id)}) and not is_claimed`)

/** Records uses of granted codes, each once. */
export const recordUses = (db: Queryable, uses: readonly Use[]) =>
  db.query(sql`
    insert into referrals.reward_code_uses (use_id, reward_id)
    select use_id, reward_id
    from unnest(${uses.map((use) => use.use_id)}::uuid[],
                ${uses.map((use) => use.grant_id)}::uuid[]) as used (use_id, reward_id)
    where reward_id is not null
    order by use_id
    on conflict do nothing`)
