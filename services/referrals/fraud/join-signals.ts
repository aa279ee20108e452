// SQL: what the joins of members looked like, for the 30 days that it is kept.
import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Joined = Payload<'waitlist.joined'>['entries'][number]
type Confirmed = Payload<'waitlist.confirmed'>['entries'][number]

/**
 * Records the signals of joins; those of a person's first join that arrives stay. Those of a person who
 * was erased while the event waited are dropped.
 */
export const recordSignals = async (db: Queryable, entries: readonly Joined[]): Promise<void> => {
  const rows = entries.flatMap(({ person, signals }) => (signals ? [{ person, ...signals }] : []))
  if (rows.length === 0) return
  await db.query(sql`
    insert into referrals.join_signals as signals (user_id, network, device, lookalike, disposable)
    select distinct on (member.id) member.id, network, device, lookalike, disposable
    from jsonb_to_recordset(${JSON.stringify(rows)}) as joined (
      person text, network text, device text, lookalike text, disposable boolean
    )
    join referrals.members as member using (person)
    where not starts_with(person, 'erased-')
    order by member.id
    on conflict (user_id) do update set
      network = coalesce(signals.network, excluded.network),
      device = coalesce(signals.device, excluded.device),
      lookalike = coalesce(signals.lookalike, excluded.lookalike),
      disposable = signals.disposable or excluded.disposable`)
}

/** Records whether programs used the links that confirmed. The member is known by now. */
export const recordAutomated = async (
  db: Queryable,
  entries: readonly Confirmed[],
): Promise<void> => {
  const byLink = entries.filter(({ automated }) => typeof automated === 'boolean')
  if (byLink.length === 0) return
  await db.query(sql`
    insert into referrals.join_signals as signals (user_id, automated)
    select member.id, bool_or(automated)
    from unnest(${byLink.map(({ person }) => person)}::text[],
                ${byLink.map(({ automated }) => automated)}::boolean[]) as confirmed (person, automated)
    join referrals.members as member using (person)
    group by member.id
    order by member.id
    on conflict (user_id) do update set automated = coalesce(signals.automated, excluded.automated)`)
}

const deleteOld = (limit: number) => sql`
  delete from referrals.join_signals where user_id = any (array(
    select user_id from referrals.join_signals
    where received_at < now() - interval '30 days'
    order by received_at limit ${limit} for update skip locked
  ))`

/** Deletes the signals that are 30 days old; returns how many. The scores stay. */
export const deleteOldSignals = (db: Queryable) => inChunks(db, deleteOld)
