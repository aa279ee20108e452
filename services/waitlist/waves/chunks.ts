// Moving selected entries out of the line and publishing them to invites: CTEs of a statement.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { maskedEmail } from '@vobee/shared/privacy/masked-email'

/** Entries that one statement moves: about 0.1 s among ten million, and one event. */
export const CHUNK = 1_000

/** What the event of a chunk says of its wave. */
export type ChunkTerms = { wave_id: string; expires_in_days: Sql }

/**
 * SQL: the CTEs `locked`, `moved` and `published` for the entries whose arrivals the query `chosen`
 * returns. Rows are locked in the order of their key, as joins lock them; an entry that has left the
 * line meanwhile is not moved.
 */
export const moveChunk = (chosen: Sql, { wave_id, expires_in_days }: ChunkTerms): Sql => {
  const source = sql`(select * from moved order by score desc, arrival) as moved`
  return sql`
    locked as materialized (
      select entry.arrival
      from waitlist.entries as entry join (${chosen}) as chosen using (arrival)
      where entry.status = 'waiting'
      order by entry.person
      for no key update of entry
    ), moved as (
      update waitlist.entries as entry
      set status = 'invited', invited_at = now(), wave_id = ${wave_id}::uuid
      from locked where entry.arrival = locked.arrival
      returning entry.id, entry.person, entry.email, entry.score, entry.arrival
    ), published as (${publish(
      'waitlist.released',
      {
        wave_id: sql`${wave_id}::uuid`,
        people: [{ entry_id: sql`id`, person: sql`person`, masked: maskedEmail('email') }],
        expires_in_days,
        at: sql`now()`,
      },
      source,
    )})`
}
