// The system as `npm start` runs it: the same command, on free ports and a separate data folder.
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
import { localShape } from '@vobee/local/settings'
import { startPgBouncer } from './pgbouncer.ts'

const root = join(import.meta.dirname, '../..')

export type Stack = {
  gateway: string
  /** The pages of the mailbox. */
  mailbox: string
  ports: Ports
  adminKey: string
  dataDir: string
  /** Returns everything that the system printed so far. */
  printed: () => string
  /** Returns the process id of a process, or null while it does not run. */
  pidOf: (name: keyof Ports | 'mailbox') => Promise<number | null>
  /** Stops the system and keeps its data. */
  end: () => Promise<void>
}

const pidOf = async (supervisor: ChildProcess, script: string): Promise<number | null> => {
  const { stdout } = await promisify(execFile)('ps', ['-Ao', 'pid=,ppid=,args='])
  const line = stdout
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .find(([, parent, ...args]) => Number(parent) === supervisor.pid && args.includes(script))
  return line ? Number(line[0]) : null
}

export const makeDataFolder = () => mkdtemp(join(tmpdir(), 'vobee-e2e-'))

export const removeDataFolder = async (dataDir: string) => {
  await removePostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}

const environmentOf = (dataDir: string, ports: Ports, mailbox: number[]) => {
  // A developer's .env must not reach the system: a variable that exists is not read from there.
  const blank = Object.keys(localShape).map((name) => [name, ''])
  const env: NodeJS.ProcessEnv = { ...process.env, ...Object.fromEntries(blank) }
  for (const name of processNames) env[portVariable(name)] = String(ports[name])
  const [MAILBOX_PORT, MAILBOX_SMTP_PORT] = mailbox.map(String)
  return { ...env, MAILBOX_PORT, MAILBOX_SMTP_PORT, DATA_DIR: dataDir, POSTGRES_PORT: '0' }
}

const collectOutput = (supervisor: ChildProcess) => {
  let printed = ''
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream?.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk
    })
  return () => printed
}

const untilReady = async (supervisor: ChildProcess, printed: () => string) => {
  const deadline = Date.now() + 100_000
  while (!printed().includes('was ready in')) {
    if (supervisor.exitCode !== null || Date.now() > deadline)
      throw new Error(`the system did not start:\n${printed()}`)
    await wait(50)
  }
}

/** Resolves when `npm start` has printed that everything is ready. */
export const startStack = async (
  dataDir: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<Stack> => {
  const ports = {} as Ports
  for (const name of processNames) ports[name] = await findFreePort()
  const [mailbox, smtp] = [await findFreePort(), await findFreePort()]
  const pooled = await startPgBouncer()
  const supervisor = spawn(process.execPath, ['local/main.ts'], {
    cwd: root,
    env: { ...environmentOf(dataDir, ports, [mailbox, smtp]), ...pooled?.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = collectOutput(supervisor)
  const end = async () => {
    if (supervisor.exitCode === null && supervisor.kill('SIGTERM')) await once(supervisor, 'exit')
    await pooled?.stop()
  }
  await untilReady(supervisor, printed).catch(async (error) => {
    await end()
    throw error
  })
  return {
    gateway: `http://127.0.0.1:${ports.gateway}`,
    mailbox: `http://127.0.0.1:${mailbox}`,
    ports,
    adminKey: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    dataDir,
    printed,
    pidOf: (name) => pidOf(supervisor, scriptOf(name)),
    end,
  }
}
