// A second listener for Prometheus: without a key, because verifying one needs the database.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

const respond = async (app: FastifyInstance, path: string | undefined, reply: ServerResponse) => {
  if (path === '/metrics') {
    const metrics = await app.metrics.metrics()
    reply.setHeader('content-type', app.metrics.contentType).end(metrics)
  } else if (path === '/health' || path === '/ready') {
    const { statusCode, headers, payload } = await app.inject(path)
    reply.writeHead(statusCode, { 'content-type': headers['content-type'] as string }).end(payload)
  } else {
    reply.writeHead(404).end()
  }
}

const handle =
  (app: FastifyInstance) => async (request: IncomingMessage, reply: ServerResponse) => {
    try {
      await respond(app, request.url?.split('?', 1)[0], reply)
    } catch (err) {
      app.log.error({ err }, 'the metrics could not be read')
      reply.writeHead(500).end()
    }
  }

/**
 * Serves `/metrics`, `/health` and `/ready` of `app` until it closes. Call it before `app` listens.
 * @returns the port.
 */
export const serveMetrics = async (app: FastifyInstance, host: string, port: number) => {
  const server = createServer(handle(app))
  app.addHook('onClose', (_app, done) => {
    server.close(() => done())
    server.closeAllConnections()
  })
  await once(server.listen(port, host), 'listening')
  return (server.address() as { port: number }).port
}
