// Requests that reach no route: unknown paths, wrong methods, invalid HTTP.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  badRequest,
  headersTooLarge,
  methodNotAllowed,
  notFound,
  type Problem,
  problemBody,
  requestTimeout,
  sendProblem,
} from './problem.ts'

type Known = { shape: RegExp; methods: string[] }

const known = new WeakMap<FastifyInstance, Known[]>()

const shapeOf = (url: string) =>
  new RegExp(
    `^${url
      .replace(/[.+?^$()|[\]\\]/g, '\\$&')
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*/g, '.*')}$`,
  )

/** Records the methods of each path, for the `Allow` header of a 405. */
export const rememberRoutes = (app: FastifyInstance) => {
  const routes: Known[] = []
  known.set(app, routes)
  app.addHook('onRoute', ({ url, method }) => {
    // The routes of CORS preflights do not count.
    const methods = [method].flat().filter((name) => name !== 'OPTIONS')
    routes.push({ shape: shapeOf(url), methods })
  })
}

const allowedAt = (app: FastifyInstance, path: string): string[] => {
  const routes = known.get(app) ?? []
  return [...new Set(routes.flatMap(({ shape, methods }) => (shape.test(path) ? methods : [])))]
}

/** Sends 405 with `Allow` if the path has other methods, else 404. */
export function notFoundHandler(
  this: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const path = request.url.split('?', 1)[0] ?? '/'
  const allow = allowedAt(request.server, path)
  const error = allow.length
    ? methodNotAllowed(`Use ${allow.join(' or ')}.`, { headers: { allow: allow.join(', ') } })
    : notFound()
  return sendProblem(error, request, reply)
}

const clientErrors: Record<string, () => Problem> = {
  HPE_HEADER_OVERFLOW: headersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: requestTimeout,
}

// A request whose head was rejected may have an invalid body. Node's own handler checks the same.
const isAnswered = (socket: Socket & { _httpMessage?: { _headerSent: boolean } | null }) =>
  socket._httpMessage?._headerSent === true

/** Replies to a request that could not be parsed as HTTP, then closes the connection. */
export function clientErrorHandler(
  this: FastifyInstance,
  error: NodeJS.ErrnoException,
  socket: Socket,
) {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket)) return socket.destroy()
  const problem = (clientErrors[error.code ?? ''] ?? badRequest)()
  const { publicUrl } = this
  const occurrence = { publicUrl, instance: '/', requestId: randomUUID() }
  const body = JSON.stringify(problemBody(problem, occurrence))
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
