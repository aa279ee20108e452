// The callers that are over a limit, until their window ends.
import type { PreparedProblem } from '@vobee/shared/http/prepared-problem'
import type { FastifyInstance } from 'fastify'
import type { LimitName } from './limited-paths.ts'

/** The parts of a rejection that are the same for a second. */
export type Prepared = PreparedProblem & { seconds: number }

type Limit = {
  name: LimitName | 'key'
  /** Requests per minute. */
  max: number
  /** When the window ends, as `Date.now()`. */
  until: number
  /** What the log says about the client. */
  client: object
}

export type Exceeded = Limit & {
  /** Requests that were rejected before they were handled. */
  rejected: number
  /** Requests with an invalid credential. */
  invalidCredentials: number
  prepared?: Prepared
}

export type ExceededLimits = ReturnType<typeof exceededLimits>

/**
 * Remembers up to `max` callers: the network of an address, or the hash of a key. Logs one line for a
 * caller and window, not one for each rejected request.
 */
export const exceededLimits = (app: FastifyInstance, max: number) => {
  const entries = new Map<string, Exceeded>()
  const remove = (key: string) => {
    const { client, name, rejected = 0 } = entries.get(key) ?? {}
    entries.delete(key)
    if (rejected > 0) app.log.warn({ ...client, limit: name, rejected }, 'requests rejected early')
  }
  app.addHook('onClose', async () => {
    for (const key of entries.keys()) remove(key)
  })
  const find = (caller: string, name: Limit['name']) => entries.get(`${name} ${caller}`)
  return {
    isEmpty: () => entries.size === 0,
    find,
    /** Returns the entry of the caller, which is added if it is missing and there is space. */
    add: (caller: string, limit: Limit): Exceeded => {
      const found = find(caller, limit.name)
      if (found) return found
      const exceeded = { ...limit, rejected: 0, invalidCredentials: 0 }
      if (entries.size >= max) return exceeded
      const key = `${limit.name} ${caller}`
      entries.set(key, exceeded)
      setTimeout(remove, limit.until - Date.now(), key).unref()
      return exceeded
    },
  }
}
