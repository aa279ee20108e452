// The states of an entry.
import type { Queryable } from '@vobee/shared/data/database'

export const statuses = ['pending', 'waiting', 'invited', 'redeemed', 'removed'] as const
export type Status = (typeof statuses)[number]

/** Marks those who redeemed an invite, however they came by it. */
export const markRedeemed = (db: Queryable, people: string[]) =>
  db.query(
    `with held as materialized (
       select arrival from waitlist.entries
       where person = any ($1) and status in ('pending', 'waiting', 'invited')
       order by person
       for no key update
     )
     update waitlist.entries as entry set status = 'redeemed', redeemed_at = now()
     from held where entry.arrival = held.arrival`,
    [people],
  )
