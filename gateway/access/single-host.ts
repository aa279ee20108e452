import { badRequest } from '@vobee/shared/http/problem'
import type { onRequestHookHandler } from 'fastify'

/**
 * Rejects a request that names two hosts: with two `Host` headers, of which Node reads the first and
 * other servers the last (RFC 9112 §3.2), or with an absolute URL as its target.
 * @throws badRequest (400)
 */
export const requireSingleHost: onRequestHookHandler = (
  { raw: { rawHeaders, url } },
  _reply,
  done,
) => {
  let hosts = url?.startsWith('/') ? 0 : 1
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw badRequest('Send one Host header, and a path as the request target.')
  done()
}
