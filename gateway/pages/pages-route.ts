// What people open in a browser: the landing page, a member's page, and the API's documentation.
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import helmet from '@fastify/helmet'
import serve from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { admitVisitors } from '../access/public-routes.ts'

export type Files = {
  /** The folder that is served whole, but for dotfiles. */
  publicDir: string
  /** The generated API document. */
  openApiFile: string
}

const nothingFromElsewhere = {
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

export const pageRoutes = async (app: FastifyInstance, { publicDir, openApiFile }: Files) => {
  admitVisitors(app)
  await app.register(helmet, {
    contentSecurityPolicy: nothingFromElsewhere,
    frameguard: { action: 'deny' },
    // Whoever ends TLS in front of the gateway decides that.
    hsts: false,
  })
  // One route a file: with a catch-all, no path would be unknown any more.
  await app.register(serve, { root: publicDir, index: ['join.html'], wildcard: false })
  app.get('/me', (_request, reply) => reply.sendFile('me.html'))
  app.get('/openapi.json', (_request, reply) =>
    reply.sendFile(basename(openApiFile), dirname(openApiFile)),
  )
  const document = JSON.parse(await readFile(openApiFile, 'utf8'))
  await app.register(swagger, { mode: 'static', specification: { document } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'VoBee Invites: API' },
    // The standalone layout's top bar brings an inline style, which the policy refuses.
    uiConfig: { layout: 'BaseLayout' },
  })
}
