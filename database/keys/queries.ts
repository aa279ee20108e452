// The queries of the command on access.keys, as the owner.
import type pg from 'pg'

export type NewKey = {
  id: string
  hash: Buffer
  name: string
  scopes: readonly string[]
  createdBy: string
  /** null: never. */
  expiresInHours: number | null
}

export const insertKey = async (
  db: pg.Client,
  key: NewKey,
): Promise<{ expires_at: Date | null }> => {
  const { rows } = await db.query(
    `insert into access.keys (id, hash, name, scopes, created_by, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6::int))
     returning expires_at`,
    [key.id, key.hash, key.name, key.scopes, key.createdBy, key.expiresInHours],
  )
  return rows[0]
}

export type ListedKey = {
  id: string
  name: string
  scopes: string[]
  state: 'live' | 'revoked' | 'expired'
  created_at: Date
  created_by: string
  expires_at: Date | null
  last_used_at: Date | null
}

export const listKeys = async (db: pg.Client): Promise<ListedKey[]> => {
  const { rows } = await db.query<ListedKey>(
    `select id, name, scopes, created_at, created_by, expires_at, last_used_at,
            case when revoked_at is not null then 'revoked'
                 when expires_at <= now() then 'expired'
                 else 'live' end as state
     from access.keys
     order by created_at, id`,
  )
  return rows
}

/** Returns null if the key does not exist. Revoking it again keeps the first time. */
export const revokeKey = async (db: pg.Client, id: string, by: string) => {
  const { rows } = await db.query<{ name: string; revoked_at: Date }>(
    `update access.keys
     set revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2)
     where id = $1
     returning name, revoked_at`,
    [id, by],
  )
  return rows[0] ?? null
}
