// The Fastify server of every process: request ids, problems for errors, health, metrics, limits.
import type { IncomingMessage } from 'node:http'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  LogController,
  type RouteOptions,
} from 'fastify'
import { z } from 'zod'
import { type Caller, type Identify, key, visitor } from '../auth/callers.ts'
import { type AccessLog, logRequests } from '../ops/access-log.ts'
import { createMetrics, type Metrics, measureRequests } from '../ops/metrics.ts'
import { trimForwardedFor } from './address.ts'
import { rejectUnsupportedHttp } from './http-checks.ts'
import { parseQuery } from './input/query.ts'
import { clientErrorHandler, notFoundHandler, rememberRoutes } from './not-found.ts'
import { requestId } from './prepared-problem.ts'
import { sendProblem, unavailable } from './problem.ts'
import { route } from './route.ts'
import { pascalCase } from './text.ts'

export type ServerOptions = {
  /** The service's name, as `/health` reports it. */
  service: string
  identify: Identify
  /** CIDR list of the proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: string[]
  logger: FastifyServerOptions['logger']
  accessLog?: AccessLog
  /** Whether the process can serve; `/ready` asks. */
  isReady: () => Promise<boolean>
  /** A prefix under which `/health` is served too, such as `/api/waitlist`. */
  prefix?: string
  bodyLimit?: number
  /** The gateway's address, which the `type` of a problem starts with; empty if missing. */
  publicUrl?: string
  rewriteUrl?: (request: IncomingMessage) => string
}

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
    publicUrl: string
    /** True once the process was told to stop. */
    draining: boolean
  }
}

const limits = {
  bodyLimit: 64 * 1024,
  /** ms to receive a whole request; `connectionTimeout` ends silent sockets. */
  requestTimeout: 15_000,
  connectionTimeout: 30_000,
  keepAliveTimeout: 60_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
  routerOptions: { maxParamLength: 320, querystringParser: parseQuery },
} as const

/** Lets a reply take `ms` to begin, longer than `connectionTimeout`; then ends the connection. */
export const setIdleTimeout = ({ raw }: FastifyReply, ms: number) =>
  raw.setTimeout(ms, () => raw.destroy())

/** Creates a server. Every route must declare who may call it, or the server fails to start. */
export const createServer = (options: ServerOptions): FastifyInstance => {
  const app = Fastify({
    ...limits,
    ...(options.bodyLimit ? { bodyLimit: options.bodyLimit } : {}),
    ...(options.rewriteUrl ? { rewriteUrl: options.rewriteUrl } : {}),
    logger: options.logger ?? false,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    genReqId: requestId,
    trustProxy: options.trustedProxies,
    forceCloseConnections: 'idle',
    // It would also cut a stop short that waits for requests; the stop has its own limit.
    pluginTimeout: 0,
    // Requests on open connections are still answered while draining; then the connection closes.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: clientErrorHandler,
  }) as unknown as FastifyInstance
  app.decorate('guards', [])
  app.decorate('draining', false)
  app.decorate('publicUrl', options.publicUrl ?? '')
  app.decorate('metrics', createMetrics(options.service))
  app.decorateRequest('caller', undefined as never)
  acceptJsonOnly(app)
  requireRouteAuth(app)
  rememberRoutes(app)
  rejectUnsupportedHttp(app)
  readForwardedFor(app)
  identifyRequests(app, options.identify)
  logRequests(app, options.accessLog)
  measureRequests(app, app.metrics)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler(notFoundHandler)
  operatorRoutes(app, options)
  return app
}

/** Accepts JSON only. An empty body is no body, whatever its content type. */
const acceptJsonOnly = (app: FastifyInstance) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, body as string, done),
  )
}

const requireRouteAuth = (app: FastifyInstance) => {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (declared) => {
    routes.push(declared)
  })
  // At the end: a scope may declare it for the routes of its plugins.
  app.addHook('onReady', async () => {
    const open = routes.find(({ config }) => !config?.auth)
    if (open) throw new Error(`${open.method} ${open.url} does not declare who may call it`)
  })
}

// Fastify takes whatever a trusted proxy sends for the client's address.
const readForwardedFor = (app: FastifyInstance) =>
  app.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    const given = headers['x-forwarded-for']
    if (given !== undefined) headers['x-forwarded-for'] = trimForwardedFor(String(given))
    done()
  })

// Callbacks, not promises: nothing here waits.
const identifyRequests = (app: FastifyInstance, identify: Identify) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    const name = (caller: Caller) => {
      request.caller = caller
      done()
    }
    const caller = identify(request)
    if (caller instanceof Promise) caller.then(name, done)
    else name(caller)
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('x-content-type-options', 'nosniff')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    if (app.draining) reply.header('connection', 'close')
    done()
  })
}

export const HealthReply = z
  .object({
    status: z.literal('healthy'),
    service: z.string(),
    timestamp: z.iso.datetime(),
  })
  .meta({ id: 'Health' })

const ReadyReply = z.object({ status: z.literal('ready'), service: z.string() })

const METRICS_EXAMPLE = `# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_count{method="POST",route="/api/waitlist/join",status="201"} 42
`

const operatorRoutes = (app: FastifyInstance, { service, prefix, isReady }: ServerOptions) => {
  for (const url of ['/health', ...(prefix ? [`${prefix}/health`] : [])]) {
    const summary = `Check whether the ${service} process is alive`
    const operationId = `get${pascalCase(service)}Health`
    const guard = { method: 'GET', url, operationId, summary, auth: visitor } as const
    route(app, { ...guard, replies: [200, HealthReply] }, () => ({
      status: 'healthy' as const,
      service,
      timestamp: new Date().toISOString(),
    }))
  }
  route(
    app,
    {
      method: 'GET',
      url: '/ready',
      operationId: `get${pascalCase(service)}Readiness`,
      summary: `Check whether ${service} is ready to serve`,
      auth: visitor,
      replies: [200, ReadyReply],
      errors: [unavailable],
    },
    async () => {
      const ready = !app.draining && (await isReady())
      if (!ready) throw unavailable(`${service} is not ready.`, { headers: { 'retry-after': '2' } })
      return { status: 'ready' as const, service }
    },
  )
  route(
    app,
    {
      method: 'GET',
      url: '/metrics',
      operationId: `get${pascalCase(service)}Metrics`,
      summary: `Get the metrics of ${service} in the format of Prometheus`,
      auth: key('ops:read'),
      replies: [200, z.string()],
      contentType: 'text/plain',
      examples: { reply: METRICS_EXAMPLE },
    },
    ({ reply }) => {
      reply.type(app.metrics.contentType)
      return app.metrics.metrics()
    },
  )
}
