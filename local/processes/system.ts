// The whole system: Postgres, the four services, the gateway and the mailbox.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type OwnDatabase, openDatabase } from '../postgres/own-database.ts'
import { listenUrlsOf, migrateForProcesses } from '../postgres/role-urls.ts'
import { readSecret } from '../secrets.ts'
import type { LocalSettings } from '../settings.ts'
import type { MailboxPorts } from './choose-ports.ts'
import {
  type Deployment,
  environmentOf,
  environmentOfMailbox,
  type ProcessName,
  processNames,
  scriptOf,
} from './deployment.ts'
import { untilReady } from './readiness.ts'
import { type Supervised, supervise } from './supervise.ts'
import type { SystemOptions } from './system-options.ts'
import { welcome, welcomeLine } from './welcome.ts'

export type System = {
  /** Resolves when everything is ready, or when it is stopped before. */
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

export const createSystem = (options: SystemOptions): System => {
  const stopping = new AbortController()
  const running = new Map<ProcessName | 'mailbox', Supervised>()
  let database: OwnDatabase | null = null
  let starting: Promise<void> = Promise.resolve()

  const bringUp = async () => {
    database = openDatabase(options, stopping.signal)
    const ownerUrl = await database.url
    if (stopping.signal.aborted) return
    const hadKey = existsSync(join(options.settings.dataDir, 'admin-key'))
    const deployment = await deploy(ownerUrl, options)
    const newKey = options.settings.adminKey || hadKey ? null : deployment.adminKey
    if (stopping.signal.aborted) return
    if (options.mailbox) running.set('mailbox', runMailbox(options.mailbox, options))
    const settingsWatch = watchSettings()
    for (const name of processNames)
      running.set(name, run(name, deployment, { ...options, ...settingsWatch }))
    const ready = untilReady(options.settings.ports, stopping.signal, options.say)
    const isReady = await Promise.race([ready, settingsWatch.found])
    const isTerminal = process.stdout.isTTY
    if (isReady) process.stdout.write(isTerminal ? welcome(options, newKey) : welcomeLine(options))
  }
  // The gateway stops first: to answer the requests in progress it needs the services, and they
  // need Postgres.
  const stop = async () => {
    stopping.abort()
    await starting.catch(() => {})
    await running.get('gateway')?.stop()
    await Promise.all([...running.values()].map((one) => one.stop()))
    await database?.stop()
  }
  const kill = async () => {
    stopping.abort()
    for (const one of running.values()) one.kill()
    await database?.stop()
  }
  const start = async () => {
    starting = bringUp()
    try {
      await starting
    } catch (error) {
      // A stop is in progress.
      if (stopping.signal.aborted) return
      await stop()
      throw error
    }
  }
  return { start, stop, kill }
}

/** Time in which the other processes print their invalid settings. */
const REPORTING_MS = 1_500

const watchSettings = () => {
  const { promise: found, reject } = Promise.withResolvers<never>()
  const error = new Error('The system cannot run with these settings. See the lines above.')
  return { found, onInvalidSettings: () => setTimeout(reject, REPORTING_MS, error) }
}

const deploy = async (
  ownerUrl: string,
  { settings, mailbox, say }: SystemOptions,
): Promise<Deployment> => {
  const { dataDir, ports, metricsPorts, publicUrl } = settings
  const databaseUrls = await migrateForProcesses(ownerUrl, settings, say)
  return {
    ports,
    metricsPorts,
    publicUrl,
    adminKey: settings.adminKey ?? (await readSecret(dataDir, 'admin-key')),
    personKeySecret: settings.personKeySecret ?? (await readSecret(dataDir, 'person-key-secret')),
    memberTokenSecret:
      settings.memberTokenSecret ?? (await readSecret(dataDir, 'member-token-secret')),
    smtpUrl: mailbox ? `smtp://127.0.0.1:${mailbox.smtp}` : settings.smtpUrl,
    databaseUrls,
    listenUrls: listenUrlsOf(ownerUrl, databaseUrls, settings),
  }
}

// Loading a service takes 160 ms with a compile cache, 350 ms without.
const compileCache = ({ dataDir }: LocalSettings) => ({
  NODE_COMPILE_CACHE: join(dataDir, 'compile-cache'),
})

type Running = SystemOptions & { onInvalidSettings: () => void }

const run = (name: ProcessName, deployment: Deployment, options: Running) => {
  const { root, settings, watch, say, onInvalidSettings } = options
  const args = [...(watch ? ['local/processes/watch.ts'] : []), scriptOf(name)]
  const env = { ...compileCache(settings), ...environmentOf(name, deployment, process.env) }
  return supervise({ name, args, cwd: root, env }, { say, onInvalidSettings })
}

const runMailbox = (ports: MailboxPorts, { root, settings, say }: SystemOptions) => {
  const given = environmentOfMailbox(ports, join(settings.dataDir, 'mail'), process.env)
  const env = { ...compileCache(settings), ...given }
  return supervise({ name: 'mailbox', args: [scriptOf('mailbox')], cwd: root, env }, { say })
}
