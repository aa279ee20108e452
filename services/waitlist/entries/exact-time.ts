import { raw, type Sql, sql } from '@vobee/shared/data/sql'

/** SQL: a time as ISO 8601 to the microsecond, for sort keys: a Date has only milliseconds. */
export const exactTime = (column: string): Sql =>
  sql`to_char(${raw(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
