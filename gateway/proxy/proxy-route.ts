// `/api/*`: @fastify/http-proxy passes each path under a service's prefixes on to that service.
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import { visitor } from '@vobee/shared/auth/callers'
import { badRequest } from '@vobee/shared/http/problem'
import { setIdleTimeout } from '@vobee/shared/http/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createDispatcher, isInvalidRequest } from './dispatcher.ts'
import { forwardedHeaders, returnedHeaders } from './forwarded-headers.ts'
import { notResponding, requireAvailable, type Upstream } from './upstreams.ts'

/** Registers the services; they authorize the callers. A body is buffered, up to the limit. */
export const proxyRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  for (const upstream of upstreams) app.register(httpProxy, optionsOf(upstream, app.prefix))
}

const optionsOf = (upstream: Upstream, prefix: string): FastifyHttpProxyOptions => ({
  upstream: upstream.url,
  routes: upstream.prefixes.map((path) => `${path.slice(prefix.length)}/*`),
  rewritePrefix: prefix,
  httpMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  config: { auth: visitor },
  proxyPayloads: false,
  retryMethods: [],
  internalRewriteLocationHeader: false,
  disableRequestLogging: true,
  // reply-from appends the query as it came; without this, the proxy also parses it.
  preRewrite: (url) => url.split('?', 1)[0] as string,
  undici: createDispatcher(upstream) as unknown as NonNullable<FastifyHttpProxyOptions['undici']>,
  handler: (request, reply, path, options) => {
    requireAvailable(upstream)
    return reply.from(path, {
      ...options,
      // With a content type, reply-from passes the buffer on as it is. The service gets the type
      // that the client sent.
      body: request.body,
      contentType: 'application/octet-stream',
      timeout: timeoutFor(upstream, request, reply),
      rewriteRequestHeaders: () => forwardedHeaders(request, reply),
    })
  },
  replyOptions: { rewriteHeaders: returnedHeaders, onError: sendError(upstream) },
})

// A long operation (a million codes) needs a key, so no other caller can occupy a connection long.
const timeoutFor = (upstream: Upstream, { caller }: FastifyRequest, reply: FastifyReply) => {
  if (caller.kind !== 'key') return upstream.timeoutMs
  setIdleTimeout(reply, upstream.keyTimeoutMs)
  return upstream.keyTimeoutMs
}

// reply-from has logged the error; its cause is what the dispatcher passed.
const sendError =
  ({ name }: Upstream) =>
  (reply: { send(payload: Error): unknown }, { error: { cause } }: { error: Error }) =>
    reply.send(isInvalidRequest(cause) ? badRequest() : notResponding(name))
