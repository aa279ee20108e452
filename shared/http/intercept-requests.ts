import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** Calls `intercept` with each request before Fastify; it returns whether it answers the request. */
export const interceptRequests = (
  app: FastifyInstance,
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean,
) => {
  const [handle] = app.server.listeners('request') as [RequestListener]
  app.server.removeListener('request', handle)
  app.server.on('request', (request: IncomingMessage, response) => {
    if (!intercept(request, response)) handle(request, response)
  })
}
