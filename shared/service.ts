// What the four services have in common: settings, server, database, inbox, jobs and status.
import { readdirSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { environmentKey, type Identify, identifyBy, key } from './auth/callers.ts'
import { openKeyStore } from './auth/keys.ts'
import type { memberSettings } from './auth/member-settings.ts'
import { withMemberTokens } from './auth/members.ts'
import { type Database, isMigrated, openDatabase } from './data/database.ts'
import { deleteExpiredRecords } from './data/idempotency/records.ts'
import { type InsertJobs, type Job, notStarted, type Queue, startJobs } from './data/jobs/jobs.ts'
import type { Service } from './events/catalogue.ts'
import {
  countInbox,
  type Handlers,
  type Inbox,
  measureInbox,
  openInbox,
  type PrepareBatch,
} from './events/inbox.ts'
import { openWakeUp } from './events/wake-up.ts'
import { unavailable } from './http/problem.ts'
import { route } from './http/route.ts'
import { createServer, setIdleTimeout } from './http/server.ts'
import { pascalCase } from './http/text.ts'
import { deleteOldAudit } from './ops/audit-retention.ts'
import { auditRoute } from './ops/audit-route.ts'
import { checkRunning, consistencyCheck, type Recompute } from './ops/consistency-check.ts'
import { CHECK_WAIT_MS, CheckQuery, CheckResult } from './ops/consistency-results.ts'
import { logDeniedActions } from './ops/denied-actions.ts'
import { logger } from './ops/log.ts'
import { MailReport, measureMail } from './ops/mail-report.ts'
import type { databaseSettings, processSettings } from './ops/settings.ts'
import { applyErasures } from './privacy/erase.ts'
import { deleteOldErasures } from './privacy/erasures.ts'

type Settings = z.infer<
  z.ZodObject<ReturnType<typeof processSettings> & typeof databaseSettings & typeof memberSettings>
>

declare module 'fastify' {
  interface FastifyInstance {
    database: Database
    inbox: Inbox
    insertJobs: InsertJobs
  }
}

/** A service: its schema, name, path prefix and the folder of its package. */
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
  /** Recomputes stored numbers for the consistency check. */
  recompute?: Recompute
  /** Reports on the mail that the service sends. */
  mail?: () => Promise<MailReport>
}

/** Creates a service's server on its own database. The pool closes after the last request. */
export const createService = (
  { schema, name, prefix, folder }: ServiceName,
  settings: Settings,
  { identify, alias, recompute = async () => [], mail }: Options = {},
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
    publicUrl: settings.PUBLIC_URL,
    logger: logger(settings.LOG_LEVEL, name),
    accessLog: { all: settings.ACCESS_LOG, slowMs: settings.SLOW_REQUEST_MS },
    isReady: () => isMigrated(app.database, schema, newest),
    ...(alias ? { rewriteUrl: aliasOf(prefix, alias) } : {}),
  })
  const database = openDatabase(settings.DATABASE_URL, {
    name,
    max: settings.DATABASE_POOL,
    prepare: settings.DATABASE_PREPARE,
    log: app.log,
  })
  app.decorate('database', database)
  app.addHook('onClose', () => database.end())
  measureInbox(database, schema, app.metrics)
  if (mail) measureMail(mail, app.metrics)
  logDeniedActions(app, schema)
  const check = consistencyCheck(app, { name, settings, recompute })
  statusRoute(app, { schema, name, prefix, check, mail })
  auditRoute(app, database, { schema, name, prefix })
  return app
}

type Consumer<S extends Service> = {
  handlers: Handlers<S>
  settings: Settings
  /** Most events in a transaction. */
  batch?: number
}

/** Consumes the service's inbox while it serves. */
export const consumeEvents = <S extends Service>(
  app: FastifyInstance,
  service: S,
  { handlers, settings, batch }: Consumer<S>,
) => {
  const { database, log } = app
  const url = settings.LISTEN_DATABASE_URL
  const wakeUp = url ? openWakeUp(database, url, { service, log }) : undefined
  const prepare: PrepareBatch = (db, rows) => applyErasures(db, service, rows)
  const inbox = openInbox(database, service, handlers, { log, batch, prepare, wakeUp })
  app.decorate('inbox', inbox)
  app.addHook('onListen', async () => inbox.start())
  app.addHook('preClose', () => inbox.stop())
}

/** Runs the service's jobs and queues, and the jobs of every service, while it serves. */
export const runJobs = (
  app: FastifyInstance,
  service: Service,
  settings: Settings,
  jobs: readonly Job[],
  queues: readonly Queue[] = [],
) => {
  const cleanUp = [
    {
      name: 'forget-idempotency',
      cron: '17 * * * *',
      run: async () => {
        await deleteExpiredRecords(app.database, service)
        await deleteOldErasures(app.database, service)
      },
    },
    {
      name: 'delete-old-audit',
      cron: '33 4 * * *',
      run: () => deleteOldAudit(app.database, service, { days: settings.AUDIT_DAYS }),
    },
  ]
  let running: { stop: () => Promise<void> } | undefined
  app.decorate('insertJobs', notStarted)
  app.addHook('onListen', async () => {
    const work = { jobs: [...jobs, ...cleanUp], queues }
    const { insertJobs, stop } = startJobs({ service, settings, log: app.log }, work)
    app.insertJobs = insertJobs
    running = { stop }
  })
  app.addHook('preClose', async () => running?.stop())
}

const StatusReply = z
  .object({
    status: z.enum(['healthy', 'degraded']),
    service: z.string(),
    inbox: z.object({
      waiting: z.int().describe('Events that wait to be handled.'),
      set_aside: z
        .int()
        .describe('Dead-lettered events: they failed ten times and wait for an operator.'),
    }),
    mail: MailReport.optional(),
    audit: z
      .array(CheckResult)
      .optional()
      .describe('With audit=1: the results of the consistency check.'),
  })
  .meta({ id: 'ServiceStatus' })
type StatusReply = z.infer<typeof StatusReply>

type StatusOptions = Omit<ServiceName, 'folder'> & {
  check: () => Promise<CheckResult[]>
  mail: Options['mail']
}

const statusRoute = (app: FastifyInstance, { schema, name, prefix, check, mail }: StatusOptions) =>
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/status`,
      operationId: `get${pascalCase(name)}Status`,
      summary: `Get the status report of ${name}`,
      auth: key('ops:read'),
      query: CheckQuery,
      replies: [200, StatusReply],
      errors: [checkRunning, unavailable],
    },
    async ({ query, reply }) => {
      const inbox = await countInbox(app.database, schema)
      if (query.audit) setIdleTimeout(reply, CHECK_WAIT_MS)
      const report: Pick<StatusReply, 'audit' | 'mail'> = {}
      if (mail) report.mail = await mail()
      if (query.audit) report.audit = await check()
      const hasFailures = report.mail?.state === 'failing' || report.audit?.some(({ ok }) => !ok)
      const isDegraded = hasFailures || inbox.set_aside > 0
      const status = isDegraded ? ('degraded' as const) : ('healthy' as const)
      return { status, service: name, inbox, ...report }
    },
  )
