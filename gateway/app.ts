// The gateway: the one entrance to the services and the pages. It contains no business rule.
import { resolve } from 'node:path'
import { environmentKey, identifyBy } from '@vobee/shared/auth/callers'
import { tokenVerifier } from '@vobee/shared/auth/members'
import { rejectOverload } from '@vobee/shared/http/reject-overload'
import { createServer } from '@vobee/shared/http/server'
import { logger } from '@vobee/shared/ops/log'
import type { FastifyInstance } from 'fastify'
import { describeClient } from './access/describe-client.ts'
import { identifyByKey } from './access/identify.ts'
import { openKeys } from './access/key-store.ts'
import { requireSingleHost } from './access/single-host.ts'
import type { GatewaySettings } from './config.ts'
import { limitRequests } from './limits/rate-limit.ts'
import { type Files, pagesRoute } from './pages/pages-route.ts'
import { shareLinkRoute } from './pages/share-link-route.ts'
import { allowOrigins, crossOriginHeaders } from './proxy/allowed-origins.ts'
import { proxyRoute } from './proxy/proxy-route.ts'
import { openUpstreams, overloadOf } from './proxy/upstreams.ts'
import { servicesRoute } from './status/services-route.ts'
import { statusRoute } from './status/status-route.ts'
import { waitForUpstreams } from './status/wait-for-upstreams.ts'

export { GatewaySettings as Settings } from './config.ts'
export { isLimited } from './limits/limited-paths.ts'
export { tooManyRequests } from './limits/rejection.ts'

const root = resolve(import.meta.dirname, '..')
const defaultFiles: Files = {
  publicDir: resolve(root, 'public'),
  openApiFile: resolve(root, 'openapi.json'),
}

/** Builds the gateway. `files` replaces the repository's pages and API document. */
export const buildApp = (settings: GatewaySettings, files = defaultFiles): FastifyInstance => {
  const keys = openKeys(settings, () => app)
  const app: FastifyInstance = createServer({
    service: 'gateway',
    identify: identifyByKey(
      identifyBy([environmentKey(settings.ADMIN_API_KEY)], keys.store),
      tokenVerifier(settings),
    ),
    trustedProxies: settings.TRUSTED_PROXIES,
    publicUrl: settings.PUBLIC_URL,
    logger: logger(settings.LOG_LEVEL, 'gateway'),
    accessLog: {
      all: settings.ACCESS_LOG,
      slowMs: settings.SLOW_REQUEST_MS,
      describeClient: describeClient(settings.LOG_ADDRESSES),
    },
    bodyLimit: settings.BODY_LIMIT_BYTES,
    isReady: async () => haveUpstreamsStarted(),
  })
  app.addHook('onClose', keys.close)
  const upstreams = openUpstreams(app, settings)
  const haveUpstreamsStarted = waitForUpstreams(app, upstreams)
  app.addHook('onRequest', requireSingleHost)
  const headersFor = crossOriginHeaders(settings.CORS_ORIGINS)
  rejectOverload(app, overloadOf(upstreams), ({ headers }) => headersFor(headers.origin))
  limitRequests(app, settings)
  statusRoute(app, upstreams)
  servicesRoute(app, upstreams)
  shareLinkRoute(app)
  app.register((pages) => pagesRoute(pages, files))
  const api = async (scope: FastifyInstance) => {
    await allowOrigins(scope, settings.CORS_ORIGINS)
    proxyRoute(scope, upstreams)
  }
  app.register(api, { prefix: '/api' })
  return app
}
