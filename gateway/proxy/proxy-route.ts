// `/api/*`: everything under a service's prefixes goes to that service, unread.
import { visitor } from '@vobee/shared/auth/callers'
import type { FastifyInstance } from 'fastify'
import { relay } from './relay.ts'
import type { Upstream } from './upstreams.ts'

/** The services judge who may call; a body is held until it is whole or over the limit. */
export const proxyRoutes = (app: FastifyInstance, upstreams: readonly Upstream[]) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  for (const upstream of upstreams) {
    for (const prefix of upstream.prefixes) {
      app.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url: `${prefix.slice(app.prefix.length)}/*`,
        config: { auth: visitor },
        handler: (request, reply) => relay(upstream, request, reply),
      })
    }
  }
}
