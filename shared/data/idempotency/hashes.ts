// The hashes that name the record of a request.
import { createHmac } from 'node:crypto'
import type { RouteRequest } from '../../http/route.ts'
import type { Hashes } from './records.ts'

const scopeOf = ({ caller, request }: RouteRequest) => {
  if (caller.kind === 'key') return ['key', caller.id]
  return caller.kind === 'member' ? ['member', caller.person] : ['address', request.ip]
}

/** Returns a function that hashes a request under a key of its own, derived from `secret`. */
export const hashesBy = (secret: string) => {
  const own = createHmac('sha256', secret).update('idempotency').digest()
  const hash = (...parts: unknown[]) =>
    createHmac('sha256', own).update(JSON.stringify(parts)).digest()
  return (input: RouteRequest): Hashes => {
    const { request, params, query, body } = input
    const route = [request.method, request.routeOptions.url]
    const key = hash(scopeOf(input), route, input.idempotencyKey)
    return { key, body: hash(key.toString('base64'), params, query, body) }
  }
}
