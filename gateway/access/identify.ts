import type { Caller, Identify } from '@vobee/shared/auth/callers'
import { tokenOf } from '@vobee/shared/auth/members'
import type { FastifyRequest } from 'fastify'

const visitor: Caller = { kind: 'visitor' }

/**
 * Identifies callers by their key: the gateway has nothing for members that a visitor can't use, but
 * its own routes reject an invalid token. Under `/api/` a valid key raises the rate limit; the
 * service rejects an invalid credential.
 */
export const identifyByKey = (
  identify: Identify,
  verifyToken: (token: string) => Promise<unknown>,
): Identify => {
  const identifyOrVisitor = async (request: FastifyRequest) => {
    try {
      return await identify(request)
    } catch {
      return visitor
    }
  }
  const verify = async (token: string) => {
    await verifyToken(token)
    return visitor
  }
  return (request) => {
    const credential = request.headers.authorization
    if (credential === undefined) return visitor
    const token = tokenOf(credential)
    if (!request.url.startsWith('/api/')) return token ? verify(token) : identify(request)
    return token ? visitor : identifyOrVisitor(request)
  }
}
