import { raw, type Sql } from '@vobee/shared/data/sql'

/**
 * SQL: who the row `code` was issued to: the address that an admin gave, or the masked one that the
 * waitlist published; null if anyone may redeem it.
 */
export const recipientOf = (code: string): Sql =>
  raw(`coalesce(${code}.issued_to, ${code}.issued_masked)`)
