// The present key of signals, cached in memory: no join reads it.
import { createSecretKey } from 'node:crypto'
import type { Database } from '@vobee/shared/data/database'
import { findOrInsertKey } from './signal-keys.ts'
import type { SignalKey } from './signals.ts'

const CACHE_MS = 60_000

const read = async (db: Database): Promise<SignalKey> => {
  const { period, key } = await findOrInsertKey(db)
  return { period, secret: createSecretKey(key) }
}

/** Returns a function that returns the key of signals, read at most once a minute. */
export const cachedSignalKey = (db: Database) => {
  let cached: Promise<SignalKey> | undefined
  let readAt = 0
  return (): Promise<SignalKey> => {
    const now = performance.now()
    if (cached && now - readAt < CACHE_MS) return cached
    readAt = now
    const reading = read(db)
    reading.catch(() => {
      if (cached === reading) cached = undefined
    })
    cached = reading
    return reading
  }
}
