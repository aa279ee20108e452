// What a redemption changes here.
import { type Transactable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { isPseudonym } from '@vobee/shared/privacy/erase'
import { countInWaves } from '../line/wave-counts.ts'

type Use = Payload<'invites.used'>['uses'][number]

const lockByPerson = (people: readonly string[]) => sql`
  select arrival from waitlist.entries where person = any (${people})
  order by person
  for no key update`

// Stored are the people who had no entry when it was locked, or a removed one.
const mark = (uses: readonly Use[], locked: readonly number[]) => sql`
  with uses as materialized (
    select person, min(at) as at
    from unnest(${uses.map(({ person }) => person)}::text[],
                ${uses.map(({ at }) => at)}::timestamptz[]) as use (person, at)
    group by person
  ), known as materialized (
    select arrival, person, status from waitlist.entries
    where arrival = any (${locked}::bigint[])
  ), marked as (
    update waitlist.entries as entry set status = 'redeemed', redeemed_at = now()
    from known
    where entry.arrival = known.arrival and known.status in ('pending', 'waiting', 'invited')
    returning entry.wave_id
  ), counted as (
    ${countInWaves('redeemed', 'marked')}
  )
  insert into waitlist.redeemed_people (person, redeemed_at)
  select person, at from uses
  where not exists (
    select from known where known.person = uses.person and known.status <> 'removed'
  )
  order by person
  on conflict do nothing
  returning person`

// Seconds after which a join that was in progress has ended: statements are limited to two.
const SECOND_PASS_SECONDS = 5

const scheduleSecondPass = (uses: readonly Use[]) => sql`
  insert into waitlist.inbox (event, payload, try_at)
  values ('invites.used', ${JSON.stringify({ uses })},
          now() + make_interval(secs => ${SECOND_PASS_SECONDS}))`

/**
 * Marks the entries of people who redeemed a code, of whatever origin, and stores the people without
 * an entry. A join in progress may see neither, so their events are handled a second time.
 */
export const markRedeemed = (db: Transactable, uses: readonly Use[]): Promise<void> =>
  transaction(db, async (connection) => {
    const named = uses.filter(({ person }) => !isPseudonym(person))
    // A release in progress commits its wave with the entry: `mark` must begin after that to count in it.
    const people = named.map(({ person }) => person)
    const locked = await connection.query<{ arrival: number }>(lockByPerson(people))
    const arrivals = locked.rows.map(({ arrival }) => arrival)
    const { rows } = await connection.query<{ person: string }>(mark(named, arrivals))
    if (rows.length === 0) return
    const stored = new Set(rows.map(({ person }) => person))
    await connection.query(scheduleSecondPass(named.filter(({ person }) => stored.has(person))))
  })
