// `/api/*`: @fastify/http-proxy passes each path under a service's prefixes on to that service.
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import { visitor } from '@vobee/shared/auth/callers'
import { badRequest } from '@vobee/shared/http/problem'
import { setIdleTimeout } from '@vobee/shared/http/server'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createDispatcher, isInvalidRequest } from './dispatcher.ts'
import { forwardedHeaders, returnedHeaders } from './forwarded-headers.ts'
import { notResponding, requireAvailable, type Upstream } from './upstreams.ts'

/** Registers the services; they authorize the callers. A body is buffered, up to the limit. */
export const proxyRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) => {
  app.removeAllContentTypeParsers()
  // Named beside '*', a type has its parser cached.
  const types = ['application/json', '*']
  app.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  for (const upstream of upstreams) app.register(httpProxy, optionsOf(upstream, app.prefix))
}

// Neither a dot nor an escape: the path is the same when it is resolved.
const plainPath = /^[\w/-]+$/

const optionsOf = (upstream: Upstream, prefix: string): FastifyHttpProxyOptions => {
  const forward = forwardTo(upstream)
  return {
    upstream: upstream.url,
    routes: upstream.prefixes.map((path) => `${path.slice(prefix.length)}/*`),
    rewritePrefix: prefix,
    httpMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    config: { auth: visitor },
    proxyPayloads: false,
    retryMethods: [],
    disableRequestLogging: true,
    undici: createDispatcher(upstream) as unknown as NonNullable<FastifyHttpProxyOptions['undici']>,
    // The proxy's own handler resolves the path: 4 µs, a twelfth of a small request.
    preHandler: ({ url }, reply, done) => {
      const path = url.split('?', 1)[0] as string
      if (plainPath.test(path)) forward(reply, path)
      else done()
    },
    handler: (_request, reply, path) => forward(reply, path),
  }
}

const forwardTo = (upstream: Upstream) => {
  const onError = errorHandlerOf(upstream)
  return (reply: FastifyReply, path: string) => {
    requireAvailable(upstream)
    return reply.from(path, {
      // With a content type, reply-from passes the buffer on unchanged. The service receives the
      // content type of the client.
      body: reply.request.body,
      contentType: 'application/octet-stream',
      timeout: timeoutFor(upstream, reply),
      rewriteRequestHeaders: () => forwardedHeaders(reply),
      rewriteHeaders: returnedHeaders,
      onError,
    })
  }
}

// A long operation (a million codes) needs a key, so no other caller can occupy a connection long.
const timeoutFor = ({ timeoutMs, keyTimeoutMs }: Upstream, reply: FastifyReply) => {
  if (reply.request.caller.kind !== 'key') return timeoutMs
  setIdleTimeout(reply, keyTimeoutMs)
  return keyTimeoutMs
}

// reply-from has logged the error; its cause is what the dispatcher passed.
const errorHandlerOf =
  ({ name }: Upstream) =>
  (reply: { send(payload: Error): unknown }, { error: { cause } }: { error: Error }) =>
    reply.send(isInvalidRequest(cause) ? badRequest() : notResponding(name))
