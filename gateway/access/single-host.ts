import { badRequest } from '@vobee/shared/http/problem'
import type { onRequestHookHandler } from 'fastify'

/**
 * Refuses a request that names two hosts: in two `Host` headers, of which Node keeps the first
 * and others the last, or in a target that is a whole address.
 * @throws badRequest (400), for the former as RFC 9112 §3.2 demands.
 */
export const refuseTwoHosts: onRequestHookHandler = (
  { raw: { rawHeaders, url } },
  _reply,
  done,
) => {
  let hosts = url?.startsWith('/') ? 0 : 1
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw badRequest('Send one Host header, and a path as target.')
  done()
}
