// API keys of the table access.keys: their format, and a short cache of those that were looked up.
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { batch } from '../data/batch.ts'
import type { Queryable } from '../data/database.ts'
import type { Scope } from './scopes.ts'

/** `vk_<id>_<secret>`: the id finds the row, the secret has 192 random bits. */
export const keyShape = /^vk_([a-z0-9]{12})_[0-9a-f]{48}$/

/** A fast hash is enough: nobody guesses 192 random bits. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** Returns a new key, its id and its hash; only the hash is stored. */
export const generateKey = () => {
  const id = randomBytes(6).toString('hex')
  const key = `vk_${id}_${randomBytes(24).toString('hex')}`
  return { id, key, hash: hashKey(key) }
}

export type StoredKey = {
  id: string
  hash: Buffer
  name: string
  scopes: Scope[]
  state: 'live' | 'revoked' | 'expired'
}

export type KeyStore = {
  /** Returns the key as it was less than a second ago, or null. @throws if the database is unavailable. */
  find: (id: string) => Promise<StoredKey | null>
  /** Records that the key was used: at most once a minute, without waiting. */
  touch: (id: string) => void
}

/** ms that a looked-up key is cached: less than the second within which a revoked key must fail. */
const CACHE_MS = 800
const CACHE_SIZE = 10_000
const TOUCH_MS = 60_000

// One row for each requested id, so that an unknown id takes as long as any other.
const FIND = `
  select requested.id, hash, name, scopes,
         case when hash is null then null
              when revoked_at is not null then 'revoked'
              when expires_at <= now() then 'expired'
              else 'live' end as state
  from unnest($1::text[]) with ordinality as requested (id, n)
  left join access.keys as keys on keys.id = requested.id
  order by n`

const findBatch = (db: () => Queryable) =>
  batch(async (ids: readonly string[]) => {
    const statement = { name: 'find-keys', text: FIND, values: [ids] }
    return (await db().query<StoredKey>(statement)).rows
  })

/**
 * Opens a store that caches found and unknown keys for 0.8 s from before each look-up. Concurrent
 * requests for one key share a look-up.
 */
export const openKeyStore = (db: () => Queryable): KeyStore => {
  const lookUp = findBatch(db)
  const cache = new LRUCache<string, Promise<StoredKey | null>>({ max: CACHE_SIZE, ttl: CACHE_MS })
  const touched = new LRUCache<string, true>({ max: CACHE_SIZE, ttl: TOUCH_MS })
  return {
    find: (id) => {
      const cached = cache.get(id)
      if (cached) return cached
      const found = lookUp(id).then((row) => (row.hash === null ? null : row))
      cache.set(id, found)
      found.catch(() => cache.peek(id) === found && cache.delete(id))
      return found
    },
    touch: (id) => {
      if (touched.has(id)) return
      touched.set(id, true)
      db()
        .query('select access.touch($1)', [id])
        .catch(() => touched.delete(id))
    },
  }
}
