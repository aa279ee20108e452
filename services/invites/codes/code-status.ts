// The status of a code as SQL. Statements that redeem, look up, list or count codes must agree, so
// there is one expression and no second rule in TypeScript.
import { raw, type Sql } from '@vobee/shared/data/sql'

export const codeStatuses = ['active', 'expired', 'used', 'revoked'] as const
export type CodeStatus = (typeof codeStatuses)[number]

/** SQL: the status of the row `code`. Revoked comes before used, used before expired. */
export const codeStatus = (code: string): Sql =>
  raw(`
    case when ${code}.revoked_at is not null then 'revoked'
         when ${code}.uses_left = 0 then 'used'
         when ${code}.expires_at <= now() then 'expired'
         else 'active' end`)
