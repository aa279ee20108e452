/** SQL: the time `value` as ISO 8601 to the microsecond, for sort keys: a Date keeps but ms. */
export const exactTime = (value: string) =>
  `to_char(${value} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
