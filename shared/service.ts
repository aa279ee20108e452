// What the four services have in common: their settings, their server, their database, and what
// they say of themselves to operators.
import { readdirSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { environmentKey, type Identify, identifyBy, key } from './auth/callers.ts'
import { openKeyStore } from './auth/keys.ts'
import type { memberSettings } from './auth/member-settings.ts'
import { withMemberTokens } from './auth/members.ts'
import { type Database, isMigrated, openDatabase } from './data/database.ts'
import { deleteExpiredRecords } from './data/idempotency.ts'
import { type Job, type Queue, startJobs } from './data/jobs.ts'
import type { Service } from './events/catalogue.ts'
import {
  countInbox,
  type Handlers,
  type Inbox,
  measureInbox,
  openInbox,
  type PrepareBatch,
} from './events/inbox.ts'
import { unavailable } from './http/problem.ts'
import { route } from './http/route.ts'
import { createServer, setIdleTimeout } from './http/server.ts'
import { auditRoute } from './ops/audit-route.ts'
import { checkRunning, consistencyCheck, type Recompute } from './ops/consistency-check.ts'
import { CHECK_WAIT_MS, CheckQuery, CheckResult } from './ops/consistency-results.ts'
import { logger } from './ops/log.ts'
import { MailReport, measureMail } from './ops/mail-report.ts'
import type { databaseSettings, processSettings } from './ops/settings.ts'
import { applyErasures } from './privacy/erase.ts'

type Settings = z.infer<
  z.ZodObject<ReturnType<typeof processSettings> & typeof databaseSettings & typeof memberSettings>
>

declare module 'fastify' {
  interface FastifyInstance {
    database: Database
    inbox: Inbox
  }
}

/** A service by its schema, its name, the prefix of its paths, and the folder of its package. */
export type ServiceName = { schema: Service; name: string; prefix: string; folder: string }

const newestMigration = (folder: string): string => {
  const files = readdirSync(join(folder, 'migrations')).filter((name) => name.endsWith('.sql'))
  return parse(files.sort().at(-1) ?? '').name
}

const aliasOf = (prefix: string, alias: string) => (request: { url?: string | undefined }) => {
  const url = request.url ?? '/'
  return url.startsWith(`${alias}/`) ? `${prefix}${url.slice(alias.length)}` : url
}

type Options = {
  identify?: Identify | undefined
  /** A second prefix that reaches the same routes. */
  alias?: string
  /** What its self-audit compares; without it there is nothing to compare. */
  recompute?: Recompute
  /** How the mail that it sends is doing. */
  mail?: () => Promise<MailReport>
}

/** Makes a service's server on its own database. The pool closes after the last request. */
export const createService = (
  { schema, name, prefix, folder }: ServiceName,
  settings: Settings,
  { identify, alias, recompute: countAgain = async () => [], mail }: Options = {},
): FastifyInstance => {
  const newest = newestMigration(folder)
  const keys = openKeyStore(() => app.database)
  const app: FastifyInstance = createServer({
    service: name,
    prefix,
    identify: withMemberTokens(
      identify ?? identifyBy([environmentKey(settings.ADMIN_API_KEY)], keys),
      settings,
    ),
    trustedProxies: settings.TRUSTED_PROXIES,
    logger: logger(settings.LOG_LEVEL, name),
    isReady: () => isMigrated(app.database, schema, newest),
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
  if (mail) measureMail(mail, app.metrics)
  const audit = consistencyCheck(app, { name, url: settings.DATABASE_URL, countAgain })
  statusRoute(app, { schema, name, prefix, audit, mail })
  auditRoute(app, database, { schema, name, prefix })
  return app
}

/** Listens to the service's inbox, `batch` events at a time, while the service serves. */
export const consumeEvents = <S extends Service>(
  app: FastifyInstance,
  service: S,
  handlers: Handlers<S>,
  batch?: number,
) => {
  const prepare: PrepareBatch = (db, rows) => applyErasures(db, service, rows)
  const inbox = openInbox(app.database, service, handlers, { log: app.log, batch, prepare })
  app.decorate('inbox', inbox)
  app.addHook('onListen', async () => inbox.start())
  app.addHook('preClose', () => inbox.stop())
}

/** Runs the service's jobs and queues, and the jobs that every service has, while it serves. */
export const runJobs = (
  app: FastifyInstance,
  service: Service,
  settings: Settings,
  jobs: readonly Job[],
  queues: readonly Queue[] = [],
) => {
  const run = () => deleteExpiredRecords(app.database, service)
  const forgetting = { name: 'forget-idempotency', cron: '17 * * * *', run }
  let running: ReturnType<typeof startJobs> | undefined
  app.addHook('onListen', async () => {
    const work = { jobs: [...jobs, forgetting], queues }
    running = startJobs(settings.DATABASE_URL, service, work, app.log)
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
  mail: MailReport.optional(),
  audit: z.array(CheckResult).optional().describe('With audit=1: what was counted again.'),
})
type StatusReply = z.infer<typeof StatusReply>

type StatusOptions = Omit<ServiceName, 'folder'> & {
  audit: () => Promise<CheckResult[]>
  mail: Options['mail']
}

const statusRoute = (app: FastifyInstance, { schema, name, prefix, audit, mail }: StatusOptions) =>
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/status`,
      summary: `What ${name} says of itself`,
      auth: key('ops:read'),
      query: CheckQuery,
      replies: [200, StatusReply],
      errors: [checkRunning, unavailable],
    },
    async ({ query, reply }) => {
      const inbox = await countInbox(app.database, schema)
      if (query.audit) setIdleTimeout(reply, CHECK_WAIT_MS)
      const told: Pick<StatusReply, 'audit' | 'mail'> = {}
      if (mail) told.mail = await mail()
      if (query.audit) told.audit = await audit()
      const isOff = told.mail?.state === 'failing' || told.audit?.some(({ ok }) => !ok)
      const status = isOff || inbox.set_aside > 0 ? ('degraded' as const) : ('healthy' as const)
      return { status, service: name, inbox, ...told }
    },
  )
