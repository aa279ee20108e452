// The pages for browsers: the join form, the member's page and the API's documentation.
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import helmet from '@fastify/helmet'
import serve from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openToVisitors } from '../access/public-plugin-routes.ts'
import { compressStatic } from './compress.ts'
import { errorsPage } from './errors-page.ts'

export type Files = {
  /** The folder whose files are served, except dotfiles. */
  publicDir: string
  /** The generated API document. */
  openApiFile: string
}

const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
}

export const pagesRoute = async (app: FastifyInstance, { publicDir, openApiFile }: Files) => {
  openToVisitors(app)
  compressStatic(app)
  await app.register(helmet, {
    contentSecurityPolicy,
    frameguard: { action: 'deny' },
    // The proxy that terminates TLS in front of the gateway decides this.
    hsts: false,
  })
  // One route per file: a wildcard route would match every unknown path.
  await app.register(serve, { root: publicDir, index: ['join.html'], wildcard: false })
  app.get('/me', (_request, reply) => reply.sendFile('me.html'))
  app.get('/openapi.json', (_request, reply) =>
    reply.sendFile(basename(openApiFile), dirname(openApiFile)),
  )
  const document = JSON.parse(await readFile(openApiFile, 'utf8'))
  const errors = errorsPage(document['x-errors'] ?? [])
  app.get('/docs/errors', (_request, reply) => reply.type('text/html; charset=utf-8').send(errors))
  await app.register(swagger, { mode: 'static', specification: { document } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'VoBee Invites: API' },
    // The top bar of the standalone layout has an inline style, which the policy blocks.
    uiConfig: { layout: 'BaseLayout' },
  })
}
