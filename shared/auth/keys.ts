// Keys of the table access.keys: what one looks like, and which of them a process knows now.
import { createHash, randomBytes } from 'node:crypto'
import { batch } from '../data/batch.ts'
import type { Queryable } from '../data/database.ts'
import type { Scope } from './callers.ts'

/** `vk_<id>_<secret>`: the id finds the row, the secret has 192 random bits. */
export const keyShape = /^vk_([a-z0-9]{12})_[0-9a-f]{48}$/

/** Nobody guesses 192 random bits from their hash, so a fast one does. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

/** A new key, its id, and the hash that is all that is kept of it. */
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
  /** The key as it was less than a second ago, or null. @throws when the database is away. */
  find: (id: string) => Promise<StoredKey | null>
  /** Notes that it was used: at most once a minute, and not waited for. */
  touch: (id: string) => void
}

/** ms for which an answer is believed: less than the second in which a revoked key is to be dead. */
const CACHE_MS = 800
const CACHE_SIZE = 10_000
const TOUCH_MS = 60_000

// One row for each id that is asked for, so that an unknown one takes as long as any other.
const FIND = `
  select asked.id, hash, name, scopes,
         case when hash is null then null
              when revoked_at is not null then 'revoked'
              when expires_at <= now() then 'expired'
              else 'live' end as state
  from unnest($1::text[]) with ordinality as asked (id, n)
  left join access.keys as keys on keys.id = asked.id
  order by n`

const findTogether = (db: () => Queryable) =>
  batch(async (ids: readonly string[]) => {
    const statement = { name: 'find-keys', text: FIND, values: [ids] }
    return (await db().query<StoredKey>(statement)).rows
  })

/**
 * Remembers for 0.8 s what was found and what was not, counted from before the question was put.
 * Those who ask for the same key meanwhile share one question.
 */
export const openKeyStore = (db: () => Queryable): KeyStore => {
  const lookUp = findTogether(db)
  const remembered = new Map<string, { at: number; found: Promise<StoredKey | null> }>()
  const noted = new Map<string, number>()

  const ask = (id: string) => {
    const found = lookUp(id).then((row) => (row.hash === null ? null : row))
    const entry = { at: performance.now(), found }
    remembered.delete(id)
    remembered.set(id, entry)
    const [oldest] = remembered.keys()
    if (remembered.size > CACHE_SIZE && oldest) remembered.delete(oldest)
    found.catch(() => remembered.get(id) === entry && remembered.delete(id))
    return found
  }
  return {
    find: (id) => {
      const known = remembered.get(id)
      return known && performance.now() - known.at < CACHE_MS ? known.found : ask(id)
    },
    touch: (id) => {
      const last = noted.get(id)
      if (last !== undefined && performance.now() - last < TOUCH_MS) return
      noted.set(id, performance.now())
      const touching = db().query('select access.touch($1)', [id])
      touching.catch(() => noted.delete(id))
    },
  }
}
