// A code's status, in SQL: who redeems, looks up, lists and counts must decide alike, most of
// them in the middle of a statement, so there is one expression and no second rule in TypeScript.

export const codeStatuses = ['active', 'expired', 'used', 'revoked'] as const
export type CodeStatus = (typeof codeStatuses)[number]

/** SQL: the status of the row `code`. Revoked goes before used, used before expired. */
export const codeStatus = (code: string) => `
  case when ${code}.revoked_at is not null then 'revoked'
       when ${code}.uses_left = 0 then 'used'
       when ${code}.expires_at <= now() then 'expired'
       else 'active' end`
