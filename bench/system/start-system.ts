// `npm start` of a checkout with a mail server that counts, on free ports and with a database of its
// own.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { urlOfRunning } from '@vobee/local/postgres/own-database'
import { removePostgres } from '@vobee/local/postgres/server'
import { addressOf, portVariable, processNames } from '@vobee/local/processes/deployment'
import { findFreePort } from '@vobee/local/processes/ports'
import { readLocalSettings } from '@vobee/local/settings'
import pg from 'pg'
import { ADMIN_KEY, end, readPostmaster, untilAnswers } from '../stack.ts'
import { type CpuTimes, readCpuTimes } from './cpu.ts'
import { type Sink, startSink } from './start-sink.ts'

export type System = {
  url: (name: (typeof processNames)[number]) => string
  owner: pg.Pool
  sink: Sink
  /** Returns the CPU time of each process so far. */
  cpuTimes: () => Promise<CpuTimes>
  /** Time until the gateway was ready, in s. */
  startedIn: number
  stop: () => Promise<void>
}

type Options = { checkout: string; dataDir: string; more?: NodeJS.ProcessEnv | undefined }

// npm's variables name the project that npm runs for.
const environment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/.test(name)))

const settingsOf = async (dataDir: string, smtpUrl: string) => {
  const ports: NodeJS.ProcessEnv = {}
  for (const name of processNames) ports[portVariable(name)] = String(await findFreePort())
  const generated = { DATA_DIR: dataDir, POSTGRES_PORT: '0', POSTGRES_PASSWORD: 'bench' }
  return { ...ports, ...generated, ADMIN_API_KEY: ADMIN_KEY, SMTP_URL: smtpUrl }
}

// `npm start` installs what is missing, which is not part of a start.
const install = async (checkout: string) =>
  promisify(execFile)('node', ['local/install.cjs'], { cwd: checkout })

const start = async ({ checkout, dataDir, more }: Options, sink: Sink): Promise<System> => {
  const env = { ...environment(), ...(await settingsOf(dataDir, sink.url)), ...more }
  const settings = readLocalSettings(checkout, env)
  const url: System['url'] = (name) => addressOf(settings.ports, name)
  await install(checkout)
  const started = performance.now()
  const child = spawn('npm', ['start'], {
    ...{ cwd: checkout, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.resume()
  await untilAnswers(`${url('gateway')}/ready`)
  const startedIn = (performance.now() - started) / 1000
  const owner = new pg.Pool({ connectionString: await urlOfRunning(settings), max: 1 })
  const postmaster = await readPostmaster(dataDir)
  return {
    ...{ url, owner, sink, startedIn },
    cpuTimes: () => readCpuTimes(child.pid ?? 0, postmaster),
    stop: async () => {
      await owner.end()
      await end(child)
      await sink.stop()
    },
  }
}

/** Runs `npm start` in a data folder. */
export const startIn = async (options: Options): Promise<System> =>
  start(options, await startSink())

/** Runs `npm start` of a checkout with a new database, which `stop` deletes. */
export const startSystem = async (checkout: string, more?: NodeJS.ProcessEnv): Promise<System> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vobee-system-'))
  const system = await startIn({ checkout, dataDir, more })
  return {
    ...system,
    stop: async () => {
      await system.stop()
      await removePostgres(dataDir)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
