// Tokens of mailed links: 256 random bits for one purpose, stored as a hash, valid once.
import { hash, randomBytes } from 'node:crypto'
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'

const lifetimes = { confirm: '7 days', sign_in: '1 hour', unsubscribe: '1 year' } as const

export type Purpose = keyof typeof lifetimes

// A fast hash is enough: nobody guesses 256 random bits.
const hashToken = (token: string) => hash('sha256', token, 'buffer')

export type NewLink = { entryId: string; purpose: Purpose }

const insertLinks = (links: readonly NewLink[], tokens: readonly string[]) =>
  prepared(
    'create-links',
    sql`
      insert into waitlist.links (hash, entry_id, purpose, expires_at)
      select hash, entry_id, purpose, now() + lifetime
      from unnest(
        ${tokens.map(hashToken)}::bytea[], ${links.map(({ entryId }) => entryId)}::uuid[],
        ${links.map(({ purpose }) => purpose)}::text[],
        ${links.map(({ purpose }) => lifetimes[purpose])}::interval[]
      ) as link (hash, entry_id, purpose, lifetime)`,
  )

/**
 * Returns new tokens, in order: 43 characters of base64url for each. Only their hashes are stored.
 */
export const createLinks = async (db: Queryable, links: readonly NewLink[]) => {
  const tokens = links.map(() => randomBytes(32).toString('base64url'))
  if (links.length > 0) await db.query(insertLinks(links, tokens))
  return tokens
}

/** Returns a new token of an entry. */
export const createLink = async (db: Queryable, entryId: string, purpose: Purpose) => {
  const [token] = await createLinks(db, [{ entryId, purpose }])
  return token as string
}

export type LinkOwner = { entry_id: string; email: string; person: string }

export type LinkOutcome =
  | ({ outcome: 'consumed' } & LinkOwner)
  | { outcome: 'invalid' | 'expired' | 'used' }

// The guarded update decides: of concurrent requests with one token, one consumes it. Mail programs
// repeat an unsubscription, so that token stays valid.
const consume = (hash: Buffer, purpose: Purpose) => sql`
  with consumed as (
    update waitlist.links as link set used_at = coalesce(link.used_at, now())
    from waitlist.entries as entry
    where link.hash = ${hash} and link.purpose = ${purpose} and entry.id = link.entry_id
      and (link.used_at is null or link.purpose = 'unsubscribe') and link.expires_at > now()
    returning link.entry_id, entry.email, entry.person
  )
  select case when consumed.entry_id is not null then 'consumed'
              when entry.id is null then 'invalid'
              when link.expires_at <= now() then 'expired'
              else 'used' end as outcome,
         consumed.*
  from waitlist.links as link
  left join waitlist.entries as entry on entry.id = link.entry_id
  left join consumed on true
  where link.hash = ${hash} and link.purpose = ${purpose}`

/** Consumes a token. A token of another purpose is invalid. */
export const consumeLink = async (
  db: Queryable,
  token: string,
  purpose: Purpose,
): Promise<LinkOutcome> => {
  const { rows } = await db.query<LinkOutcome>(consume(hashToken(token), purpose))
  return rows[0] ?? { outcome: 'invalid' }
}

/** Returns the owner of an entry; null if the entry no longer exists. */
export const findOwner = async (db: Queryable, entryId: string): Promise<LinkOwner | null> => {
  const { rows } = await db.query<LinkOwner>(
    sql`select id as entry_id, email, person from waitlist.entries where id = ${entryId}`,
  )
  return rows[0] ?? null
}

/** Deletes links a day after they expired: until then their owner learns that they did. */
export const deleteExpiredLinks = (db: Queryable) =>
  db.query(`delete from waitlist.links where expires_at <= now() - interval '1 day'`)
