// Removing entries and restoring them: CTEs of a statement, for one entry or a chunk of many. Rows are
// locked in the order of their key, as joins lock them.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import type { Confirmation } from '../../mail/config.ts'

/** SQL: the CTEs `removable`, `removed` and `logged` for the arrivals that the query `chosen` returns. */
export const removeChosen = (chosen: Sql, audit: Audit): Sql => {
  const actions = sql`select 'waitlist.removed', id::text, null::jsonb from removed`
  return sql`
    removable as materialized (
      select entry.arrival
      from waitlist.entries as entry join (${chosen}) as chosen using (arrival)
      where entry.status in ('pending', 'waiting')
      order by entry.person
      for no key update of entry
    ), removed as (
      update waitlist.entries as entry
      set status = 'removed', removed_at = now(), removed_from = entry.status
      from removable where entry.arrival = removable.arrival
      returning entry.id
    ), logged as (${logActions('waitlist', audit, actions)})`
}

export type RestoreTerms = { audit: Audit; confirmation: Confirmation }

// Who redeemed a code meanwhile is redeemed. A pending entry whose address was confirmed since waits. Version 0.2.0 stored no former status.
const restoredStatus = (confirmation: Confirmation): Sql => sql`
  case when restorable.redeemed_at is not null then 'redeemed'
       when entry.confirmed_at is not null then 'waiting'
       else coalesce(
         entry.removed_from,
         case when ${confirmation}::text = 'place' then 'pending' else 'waiting' end
       ) end`

/**
 * SQL: the CTEs `restorable`, `restored`, `published` and `logged`, as for `removeChosen`. An address
 * that was confirmed while its entry was removed is published now: it earns its referrer the credit.
 */
export const restoreChosen = (chosen: Sql, { audit, confirmation }: RestoreTerms): Sql => {
  const actions = sql`select 'waitlist.restored', id::text, null::jsonb from restored`
  const entry = {
    id: sql`id`,
    person: sql`person`,
    at: sql`confirmed_at`,
    automated: sql`null`,
  }
  const confirmed = sql`restored where confirmed_at >= coalesce(removed_at, '-infinity')`
  return sql`
    restorable as materialized (
      select entry.arrival, entry.removed_at, (
        select redeemed.redeemed_at from waitlist.redeemed_people as redeemed
        where redeemed.person = entry.person
      ) as redeemed_at
      from waitlist.entries as entry join (${chosen}) as chosen using (arrival)
      where entry.status = 'removed'
      order by entry.person
      for no key update of entry
    ), restored as (
      update waitlist.entries as entry
      set status = ${restoredStatus(confirmation)}, removed_at = null, removed_from = null,
          redeemed_at = restorable.redeemed_at
      from restorable where entry.arrival = restorable.arrival
      returning entry.id, entry.person, entry.confirmed_at, restorable.removed_at
    ), published as (${publish('waitlist.confirmed', { entries: [entry] }, confirmed)}),
    logged as (${logActions('waitlist', audit, actions)})`
}
