// What the four services have in common: their settings, their server, their database, and what
// they say of themselves to operators.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { environmentKey, type Identify, identifyBy, key } from './callers.ts'
import { answers, type Database, openDatabase } from './database.ts'
import type { Service } from './events.ts'
import { type Inbox, inboxFigures, measureInbox, openInbox, type Reactions } from './inbox.ts'
import { type Job, startJobs } from './jobs.ts'
import { logger } from './log.ts'
import { route } from './route.ts'
import { createServer } from './server.ts'
import type { databaseSettings, processSettings } from './settings.ts'

type Settings = z.infer<z.ZodObject<ReturnType<typeof processSettings> & typeof databaseSettings>>

declare module 'fastify' {
  interface FastifyInstance {
    database: Database
    inbox: Inbox
  }
}

/** A service by its schema, the name it goes by, and the prefix of its paths. */
export type ServiceName = { schema: Service; name: string; prefix: string }

const aliasOf = (prefix: string, alias: string) => (request: { url?: string | undefined }) => {
  const url = request.url ?? '/'
  return url.startsWith(`${alias}/`) ? `${prefix}${url.slice(alias.length)}` : url
}

/**
 * Makes a service's server on its own database. The pool closes after the last request.
 * @param alias a second prefix that reaches the same routes.
 */
export const createService = (
  { schema, name, prefix }: ServiceName,
  settings: Settings,
  { identify, alias }: { identify?: Identify | undefined; alias?: string } = {},
): FastifyInstance => {
  const app = createServer({
    service: name,
    prefix,
    identify: identify ?? identifyBy([environmentKey(settings.ADMIN_API_KEY)]),
    trustedProxies: settings.TRUSTED_PROXIES,
    logger: logger(settings.LOG_LEVEL, name),
    isReady: () => answers(app.database, schema),
    ...(alias ? { rewriteUrl: aliasOf(prefix, alias) } : {}),
  })
  const database = openDatabase(settings.DATABASE_URL, {
    name,
    max: settings.DATABASE_POOL,
    log: app.log,
  })
  app.decorate('database', database)
  app.addHook('onClose', () => database.end())
  measureInbox(database, schema, app.metrics)
  answerStatus(app, { schema, name, prefix })
  return app
}

/** Listens to the service's inbox from the moment it serves until it stops. */
export const listenTo = <S extends Service>(
  app: FastifyInstance,
  service: S,
  reactions: Reactions<S>,
) => {
  const inbox = openInbox(app.database, service, reactions, app.log)
  app.decorate('inbox', inbox)
  app.addHook('onListen', async () => inbox.start())
  app.addHook('preClose', () => inbox.stop())
}

/** Runs the service's jobs from the moment it serves until it stops. */
export const runJobs = (
  app: FastifyInstance,
  service: Service,
  settings: Settings,
  jobs: readonly Job[],
) => {
  let running: ReturnType<typeof startJobs> | undefined
  app.addHook('onListen', async () => {
    running = startJobs(settings.DATABASE_URL, service, jobs, app.log)
  })
  app.addHook('preClose', async () => running?.stop())
}

const StatusReply = z.object({
  status: z.enum(['healthy', 'degraded']),
  service: z.string(),
  inbox: z.object({
    waiting: z.int().describe('Events told to this service and not yet handled.'),
    set_aside: z.int().describe('Events that failed ten times and wait for a person.'),
  }),
})

const answerStatus = (app: FastifyInstance, { schema, name, prefix }: ServiceName) =>
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/status`,
      summary: `What ${name} says of itself`,
      admits: key('ops:read'),
      replies: [200, StatusReply],
    },
    async () => {
      const inbox = await inboxFigures(app.database, schema)
      const status = inbox.set_aside > 0 ? ('degraded' as const) : ('healthy' as const)
      return { status, service: name, inbox }
    },
  )
