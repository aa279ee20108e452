/** What an API key may do; `admin` includes every other scope. */
export const scopes = [
  'admin',
  'waitlist:read',
  'waitlist:write',
  'invites:read',
  'invites:write',
  'referrals:read',
  'referrals:write',
  'quality:read',
  'quality:write',
  'ops:read',
] as const
export type Scope = (typeof scopes)[number]
