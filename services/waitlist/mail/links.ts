// Tokens of mailed links: 256 random bits for one purpose, kept as a hash, taken at most once.
import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from '@vobee/shared/data/database'

const lifetimes = { confirm: '7 days', sign_in: '1 hour', unsubscribe: '1 year' } as const

export type Purpose = keyof typeof lifetimes

// Nobody guesses 256 random bits from their hash, so a fast one does.
const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** Makes a token for an entry: 43 characters of base64url, which are kept nowhere. */
export const makeLink = async (db: Queryable, entryId: string, purpose: Purpose) => {
  const token = randomBytes(32).toString('base64url')
  await db.query(
    `insert into waitlist.links (hash, entry_id, purpose, expires_at)
     values ($1, $2, $3, now() + $4::interval)`,
    [hashOf(token), entryId, purpose, lifetimes[purpose]],
  )
  return token
}

export type LinkOwner = { entry_id: string; email: string; person: string }

export type Taken = ({ outcome: 'taken' } & LinkOwner) | { outcome: 'invalid' | 'expired' | 'used' }

// The guarded update decides: of many who bring a token at once, one takes it. Unsubscribing is
// asked for by mail programs that ask again, so that its token may be taken as often.
const TAKE = `
  with taken as (
    update waitlist.links as link set used_at = coalesce(link.used_at, now())
    from waitlist.entries as entry
    where link.hash = $1 and link.purpose = $2 and entry.id = link.entry_id
      and (link.used_at is null or link.purpose = 'unsubscribe') and link.expires_at > now()
    returning link.entry_id, entry.email, entry.person
  )
  select case when taken.entry_id is not null then 'taken'
              when entry.id is null then 'invalid'
              when link.expires_at <= now() then 'expired'
              else 'used' end as outcome,
         taken.*
  from waitlist.links as link
  left join waitlist.entries as entry on entry.id = link.entry_id
  left join taken on true
  where link.hash = $1 and link.purpose = $2`

/** Takes a token for its purpose; one of another purpose is as unknown as any other text. */
export const takeLink = async (db: Queryable, token: string, purpose: Purpose): Promise<Taken> => {
  const { rows } = await db.query<Taken>(TAKE, [hashOf(token), purpose])
  return rows[0] ?? { outcome: 'invalid' }
}

/** Who an entry is; null when it is gone. */
export const findOwner = async (db: Queryable, entryId: string): Promise<LinkOwner | null> => {
  const { rows } = await db.query<LinkOwner>(
    'select id as entry_id, email, person from waitlist.entries where id = $1',
    [entryId],
  )
  return rows[0] ?? null
}

/** Forgets links that have been expired for a day: until then their owner is told so. */
export const forgetLinks = (db: Queryable) =>
  db.query(`delete from waitlist.links where expires_at <= now() - interval '1 day'`)
