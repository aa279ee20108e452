// Rejects the requests of a caller over a limit before any other work: no route is found, no key is
// looked up, and no line is logged for each.
import type { IncomingMessage } from 'node:http'
import { tokenOf } from '@vobee/shared/auth/members'
import { interceptRequests } from '@vobee/shared/http/intercept-requests'
import type { FastifyInstance } from 'fastify'
import { type AcceptedKeys, hashOf } from '../access/accepted-keys.ts'
import type { ClientNetworks } from './client-networks.ts'
import type { ExceededLimits } from './exceeded.ts'
import { limitOf } from './limited-paths.ts'
import type { SendRejection } from './rejection.ts'

/** Rejections of a caller that are sent at once. Further ones are delayed, and close its connection. */
const PROMPT_REJECTIONS = 100
/** On average, so that many do not end at once. */
const DELAY_MS = 1_000
/** Requests with invalid credentials that are still handled: the next one may have a valid key. */
const INVALID_CREDENTIALS = 30

type Deps = {
  clients: ClientNetworks
  exceeded: ExceededLimits
  acceptedKeys: AcceptedKeys
  send: SendRejection
  /** The most rejections that are delayed. */
  maxDelayed: number
}

export const rejectEarly = (app: FastifyInstance, deps: Deps) => {
  const { exceeded } = deps
  const reject = delayRepeated(deps)
  interceptRequests(app, (request, response) => {
    const found = exceeded.isEmpty() ? undefined : findExceeded(request, deps)
    if (found) reject(response, found)
    return found !== undefined
  })
}

/** Returns the limit that the caller of a request has exceeded, unless it may have a valid key. */
const findExceeded = (request: IncomingMessage, { clients, exceeded, acceptedKeys }: Deps) => {
  const { method, headers } = request
  const limit = limitOf(request.url as string)
  const found = exceeded.find(clients.networkOf(request), limit)
  // Without the response to its preflight, a page can't read why its request was rejected.
  if (method === 'OPTIONS' && found && found.rejected < PROMPT_REJECTIONS) return
  const { authorization } = headers
  if (authorization === undefined || tokenOf(authorization)) return found
  const hash = hashOf(authorization)
  if (acceptedKeys.has(hash)) return limit === 'visitor' ? exceeded.find(hash, 'key') : undefined
  return found && found.invalidCredentials >= INVALID_CREDENTIALS ? found : undefined
}

// A client that repeats its requests at once is slowed: an answer at once costs more than a wait.
const delayRepeated = ({ clients, send, maxDelayed }: Deps): SendRejection => {
  const delayed = new Set<object>()
  return (response, limit) => {
    limit.rejected++
    if (limit.rejected <= PROMPT_REJECTIONS) return send(response, limit)
    const { socket } = response.req
    const isDirect = !clients.peerOf(socket).isProxy
    const held = isDirect ? socket : response
    // The client sends further requests without waiting for the response.
    if (delayed.has(held)) return socket.destroy()
    if (delayed.size >= maxDelayed) return send(response, limit, isDirect)
    delayed.add(held)
    const release = () => {
      delayed.delete(held)
      send(response, limit, isDirect)
    }
    setTimeout(release, DELAY_MS * (0.5 + Math.random()))
  }
}
