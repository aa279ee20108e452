// How many entries were released lately.
import type { Database } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'

/** Releases of the last 14 days, by UTC day. */
export type ReleaseRate = {
  /** Days with a release. */
  release_days: number
  released: number
  /** Days measured: 14, or the days since the first release if fewer; today counts. */
  days: number
}

const measureReleases = prepared(
  'measure-releases',
  sql`
    with today as (
      select (now() at time zone 'utc')::date as day
    ), recent as (
      select (released_at at time zone 'utc')::date as day, released - pending as released
      from waitlist.waves, today
      where released > pending and released_at >= (today.day - 13)::timestamp at time zone 'utc'
    )
    select count(distinct recent.day) as release_days,
           coalesce(sum(recent.released), 0) as released,
           case when exists (
             select from waitlist.waves
             where released > pending and released_at < (today.day - 13)::timestamp at time zone 'utc'
           ) then 14 else coalesce(today.day - min(recent.day) + 1, 0) end as days
    from today left join recent on true
    group by today.day`,
)

const measure = async (db: Database): Promise<ReleaseRate> => {
  const { rows } = await db.query<ReleaseRate>(measureReleases)
  return rows[0] as ReleaseRate
}

const CACHE_MS = 60_000

/** Returns a function that returns the release rate, read at most once a minute. */
export const cachedReleaseRate = (db: Database) => {
  let cached: Promise<ReleaseRate> | undefined
  let readAt = 0
  return (): Promise<ReleaseRate> => {
    const now = performance.now()
    if (cached && now - readAt < CACHE_MS) return cached
    readAt = now
    const reading = measure(db)
    reading.catch(() => {
      if (cached === reading) cached = undefined
    })
    cached = reading
    return reading
  }
}
