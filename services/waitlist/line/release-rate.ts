// How many people were released lately.
import type { Database } from '@vobee/shared/data/database'
import type { Releases } from './wait-estimate.ts'

// Fewer than 14 days are looked at only while the first release of all is younger than that.
const MEASURE = `
  with today as (
    select (now() at time zone 'utc')::date as day
  ), lately as (
    select (created_at at time zone 'utc')::date as day, released
    from waitlist.waves, today
    where released > 0 and created_at >= (today.day - 13)::timestamp at time zone 'utc'
  )
  select count(distinct lately.day) as release_days,
         coalesce(sum(lately.released), 0) as released,
         case when exists (
           select from waitlist.waves
           where released > 0 and created_at < (today.day - 13)::timestamp at time zone 'utc'
         ) then 14 else coalesce(today.day - min(lately.day) + 1, 0) end as days
  from today left join lately on true
  group by today.day`

const measure = async (db: Database): Promise<Releases> => {
  const { rows } = await db.query<Releases>({ name: 'measure-releases', text: MEASURE })
  return rows[0] as Releases
}

const FRESH_MS = 60_000

/** Makes a function that gives the releases of the last 14 days, read at most once a minute. */
export const measuredReleases = (db: Database) => {
  let known: Promise<Releases> | undefined
  let readAt = 0
  return (): Promise<Releases> => {
    const now = performance.now()
    if (known && now - readAt < FRESH_MS) return known
    readAt = now
    const reading = measure(db)
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    known = reading
    return reading
  }
}
