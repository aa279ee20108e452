import type { Caller, Identify } from '@vobee/shared/auth/callers'
import { hasTokenShape } from '@vobee/shared/auth/members'
import type { FastifyRequest } from 'fastify'

const visitor: Caller = { kind: 'visitor' }

/**
 * Identifies callers by their key only: the gateway has nothing for members that a visitor can't
 * use. Under `/api/` a valid key raises the rate limit; the service rejects an invalid one.
 */
export const identifyByKey = (identify: Identify): Identify => {
  const identifyOrVisitor = async (request: FastifyRequest) => {
    try {
      return await identify(request)
    } catch {
      return visitor
    }
  }
  return (request) => {
    const credential = request.headers.authorization
    if (credential === undefined || hasTokenShape(credential)) return visitor
    return request.url.startsWith('/api/') ? identifyOrVisitor(request) : identify(request)
  }
}
