import { hashKey } from '@vobee/shared/auth/keys'
import { LRUCache } from 'lru-cache'

const MAX_KEYS = 10_000

/** Returns the hash of an `Authorization` header. */
export const hashOf = (authorization: string) => hashKey(authorization).toString('latin1')

export type AcceptedKeys = ReturnType<typeof acceptedKeys>

/**
 * Remembers the hashes of the latest `Authorization` headers that were accepted as keys, and that of
 * `adminKey`. They pass the limit of an address, and are verified again.
 */
export const acceptedKeys = (adminKey: string) => {
  const admin = hashOf(`Bearer ${adminKey}`)
  const accepted = new LRUCache<string, true>({ max: MAX_KEYS })
  return {
    add: (hash: string) => {
      accepted.set(hash, true)
    },
    /** For a key that is no longer valid. */
    remove: (hash: string) => {
      accepted.delete(hash)
    },
    has: (hash: string) => hash === admin || accepted.has(hash),
  }
}
