// A database with the settings of production (fsync on) and the processes of a benchmark.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { migrate } from '@vobee/database/migrate'
import type { LoginName } from '@vobee/database/roles'
import { removePostgres, startPostgres } from '@vobee/local/postgres/server'
import {
  environmentOf,
  type Ports,
  processNames,
  scriptOf,
} from '@vobee/local/processes/deployment'
import { findFreePort } from '@vobee/local/processes/ports'
import pg from 'pg'

const root = join(import.meta.dirname, '..')

export const ADMIN_KEY = 'the-admin-key-of-the-benchmark-runs'

export type Stack = {
  ownerUrl: string
  owner: pg.Pool
  folder: string
  urls: Record<LoginName, string>
  /** Starts a process with additional settings. Resolves to its address when it is ready. */
  start: (name: (typeof processNames)[number], more?: NodeJS.ProcessEnv) => Promise<string>
  /** Returns the ids of its processes: those that were started, and the postmaster. */
  pids: () => Promise<number[]>
  /** Stops a process. */
  end: (name: (typeof processNames)[number]) => Promise<void>
  stop: () => Promise<void>
}

/** Resolves when the address answers with a 2xx status. */
export const untilAnswers = async (url: string) => {
  for (let i = 0; i < 2_000; i++) {
    const reply = await fetch(url).catch(() => null)
    if (reply?.ok) return
    await wait(10)
  }
  throw new Error(`${url} does not answer`)
}

/** Stops a process. */
export const end = async (child: ChildProcess) => {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Returns the process id of the Postgres in a data folder. */
export const readPostmaster = async (dataDir: string): Promise<number> =>
  Number.parseInt(await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10)

const large = { shared_buffers: '2GB', max_wal_size: '16GB', maintenance_work_mem: '1GB' }

/** Starts a separate, migrated Postgres. */
export const startStack = async (settings: Record<string, string> = large): Promise<Stack> => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-bench-'))
  const postgres = await startPostgres({
    dataDir: folder,
    port: 0,
    database: 'bench',
    password: 'bench',
    settings,
  })
  const urls = await migrate(postgres.url)
  const owner = new pg.Pool({ connectionString: postgres.url, max: 4 })
  const ports = {} as Ports
  for (const name of processNames) ports[name] = await findFreePort()
  const children = new Map<(typeof processNames)[number], ChildProcess>()
  const deployment = {
    ports,
    publicUrl: 'http://localhost:8000',
    adminKey: ADMIN_KEY,
    personKeySecret: 'the-person-key-secret-of-the-benchmark',
    memberTokenSecret: 'the-member-token-secret-of-the-benchmark',
    smtpUrl: null,
    databaseUrls: urls,
  }
  return {
    ownerUrl: postgres.url,
    owner,
    folder,
    urls,
    start: async (name, more = {}) => {
      const env = { ...environmentOf(name, deployment, process.env), ...more }
      const child = spawn(process.execPath, [scriptOf(name)], {
        cwd: root,
        env: { ...env, RATE_LIMITS: more.RATE_LIMITS ?? 'off' },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.set(name, child)
      const address = `http://127.0.0.1:${ports[name]}`
      await untilAnswers(`${address}/ready`)
      return address
    },
    pids: async () => {
      const started = [...children.values()].map(({ pid = 0 }) => pid)
      return [...started, await readPostmaster(folder)]
    },
    end: async (name) => {
      const child = children.get(name)
      if (child) await end(child)
    },
    stop: async () => {
      await Promise.all([...children.values()].map(end))
      await owner.end()
      await removePostgres(folder)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
