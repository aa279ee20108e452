// The system as `npm start` brings it up: the same command, on free ports and a folder of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { removePostgres } from '@vobee/local/postgres/server'
import { type Ports, portVariable, processNames, scriptOf } from '@vobee/local/processes/deployment'
import { findFreePort } from '@vobee/local/processes/ports'
import { afterAll, beforeAll } from 'vitest'

const root = join(import.meta.dirname, '..')

export type Stack = {
  gateway: string
  /** The pages of the mailbox. */
  mailbox: string
  ports: Ports
  adminKey: string
  dataDir: string
  /** Everything that was printed so far. */
  printed: () => string
  /** The process id of one of them, or null while it is down. */
  pidOf: (name: keyof Ports | 'mailbox') => Promise<number | null>
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const pidOf = async (supervisor: ChildProcess, script: string): Promise<number | null> => {
  const { stdout } = await promisify(execFile)('ps', ['-Ao', 'pid=,ppid=,args='])
  const line = stdout
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .find(([, parent, ...args]) => Number(parent) === supervisor.pid && args.includes(script))
  return line ? Number(line[0]) : null
}

/** Resolves once `npm start` has said that everything is ready. */
export const startStack = async (more: NodeJS.ProcessEnv = {}): Promise<Stack> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vobee-e2e-'))
  const ports = {} as Ports
  for (const name of processNames) ports[name] = await findFreePort()
  const [mailboxPort, smtpPort] = [await findFreePort(), await findFreePort()]
  const { DATABASE_URL: _, ...env } = process.env
  for (const name of processNames) env[portVariable(name)] = String(ports[name])
  env.MAILBOX_PORT = String(mailboxPort)
  env.MAILBOX_SMTP_PORT = String(smtpPort)
  const supervisor = spawn(process.execPath, ['local/main.ts'], {
    cwd: root,
    env: { ...env, DATA_DIR: dataDir, POSTGRES_PORT: '0', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk
    })
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (supervisor.exitCode === null) {
      supervisor.kill(signal)
      await once(supervisor, 'exit')
    }
    await removePostgres(dataDir)
    await rm(dataDir, { recursive: true, force: true })
    return supervisor.exitCode
  }
  for (let i = 0; !printed.includes('was ready in'); i++) {
    if (supervisor.exitCode !== null || i > 1200) {
      await stop()
      throw new Error(`the system did not start:\n${printed}`)
    }
    await wait(50)
  }
  return {
    gateway: `http://127.0.0.1:${ports.gateway}`,
    mailbox: `http://127.0.0.1:${mailboxPort}`,
    ports,
    adminKey: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    dataDir,
    printed: () => printed,
    pidOf: (name) => pidOf(supervisor, scriptOf(name)),
    stop,
  }
}

/** Gives the test file that calls it a system of its own. */
export const useStack = (more: NodeJS.ProcessEnv = {}): Stack => {
  const given = {} as Stack
  beforeAll(async () => {
    Object.assign(given, await startStack(more))
  })
  afterAll(() => given.stop?.())
  return given
}
