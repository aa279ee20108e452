import { sql } from '@vobee/shared/data/sql'

/** SQL: a referral that a reviewer voided or whose referrer is blocked may count again. */
export const mayCount = sql`
  (state in ('joined', 'counted', 'held') or reason in ('blocked', 'fraud'))`
