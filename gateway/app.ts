// The gateway: one door to the services and the pages; it knows no rule of the business.
import { resolve } from 'node:path'
import { type Caller, environmentKey, type Identify, identifyBy } from '@vobee/shared/auth/callers'
import { hasTokenShape } from '@vobee/shared/auth/members'
import { createServer } from '@vobee/shared/http/server'
import { logger } from '@vobee/shared/ops/log'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openKeys } from './access/key-store.ts'
import { refuseTwoHosts } from './access/single-host.ts'
import type { GatewaySettings } from './config.ts'
import { limitCallers } from './limits/rate-limit.ts'
import { type Files, pageRoutes } from './pages/pages-route.ts'
import { shareLinkRoute } from './pages/share-link-route.ts'
import { allowOrigins } from './proxy/allowed-origins.ts'
import { proxyRoute } from './proxy/proxy-route.ts'
import { openUpstreams } from './proxy/upstreams.ts'
import { servicesRoute } from './status/services-route.ts'
import { statusRoute } from './status/status-route.ts'
import { lookForAll } from './status/wait-for-upstreams.ts'

export { GatewaySettings as Settings } from './config.ts'

const root = resolve(import.meta.dirname, '..')
const ownFiles: Files = {
  publicDir: resolve(root, 'public'),
  openApiFile: resolve(root, 'openapi.json'),
}
/** Builds the gateway; `files` replaces the repository's own pages and API document. */
export const buildApp = (settings: GatewaySettings, files: Files = ownFiles): FastifyInstance => {
  let seenAll = () => false
  const keys = openKeys(settings.GATEWAY_DATABASE_URL, () => app)
  const inMemory = [environmentKey(settings.ADMIN_API_KEY)]
  const app: FastifyInstance = createServer({
    service: 'gateway',
    identify: leavingOthersToServices(identifyBy(inMemory, keys.store)),
    trustedProxies: settings.TRUSTED_PROXIES,
    logger: logger(settings.LOG_LEVEL, 'gateway'),
    bodyLimit: settings.BODY_LIMIT_BYTES,
    isReady: async () => seenAll(),
  })
  app.addHook('onClose', keys.close)
  const upstreams = openUpstreams(app, settings)
  seenAll = lookForAll(app, upstreams)
  app.addHook('onRequest', refuseTwoHosts)
  limitCallers(app, settings)
  statusRoute(app, upstreams)
  servicesRoute(app, upstreams)
  shareLinkRoute(app)
  app.register((pages) => pageRoutes(pages, files))
  app.register(
    async (api) => {
      await allowOrigins(api, settings.CORS_ORIGINS)
      proxyRoute(api, upstreams)
    },
    { prefix: '/api' },
  )
  return app
}

const nobody: Caller = { kind: 'visitor' }

/**
 * Under `/api/` a key known here lifts the limits; whether another is valid a service says. A member
 * has nothing of the gateway's own that a visitor has not.
 */
const leavingOthersToServices = (identify: Identify): Identify => {
  const identifyKnown = async (request: FastifyRequest) => {
    try {
      return await identify(request)
    } catch {
      return nobody
    }
  }
  return (request) => {
    const given = request.headers.authorization
    if (given === undefined || hasTokenShape(given)) return nobody
    return request.url.startsWith('/api/') ? identifyKnown(request) : identify(request)
  }
}
