// Moving chosen entries out of the line, and telling invites of them: parts of statements.

/**
 * How many entries one statement moves: about 0.1 s among ten million, so that nobody waits long
 * for a row. They are told as one event.
 */
export const CHUNK = 1_000

/**
 * SQL: `held`, `moved` and `told` for the entries whose arrivals the query `chosen` gives, into the
 * wave `$n`. Rows are locked in the order of their key, as joins lock them; who has left the line
 * meanwhile is not moved.
 */
export const moving = (chosen: string, n: number) => `
  held as materialized (
    select entry.arrival
    from waitlist.entries as entry join (${chosen}) as chosen using (arrival)
    where entry.status = 'waiting'
    order by entry.person
    for no key update of entry
  ), moved as (
    update waitlist.entries as entry
    set status = 'invited', invited_at = now(), wave_id = $${n}::uuid
    from held where entry.arrival = held.arrival
    returning entry.id, entry.person, entry.score, entry.arrival
  ), told as (
    select invites.publish('waitlist.released', payload)
    from (
      select jsonb_build_object(
        'wave_id', $${n}::uuid, 'at', now(), 'people', jsonb_agg(
          jsonb_build_object('entry_id', id, 'person', person) order by score desc, arrival
        )
      ) as payload
      from moved having count(*) > 0
    ) as news
  )`
