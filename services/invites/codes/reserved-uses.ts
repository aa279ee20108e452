// Which reservations hold a use, in SQL: redeeming, reserving and looking up must decide alike.

/** SQL: whether the row `held` holds a use: not cancelled, in time, and not become a use. */
export const holdsUse = (held: string) => `
  ${held}.cancelled_at is null and ${held}.expires_at > now() and not exists (
    select from invites.uses as become
    where become.code_id = ${held}.code_id and become.person = ${held}.person
  )`

/** SQL: how many uses of the limited code in the row `code` are held. */
export const usesHeld = (code: string) => `
  case when ${code}.reserved_until > now() then (
    select count(*)::int from invites.reservations as held
    where held.code_id = ${code}.id and ${holdsUse('held')}
  ) else 0 end`
