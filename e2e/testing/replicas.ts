// Two processes of one service on a separate Postgres. Tests kill and restart all of them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@vobee/database/migrate'
import { type ServiceName, urlVariable } from '@vobee/database/roles'
import { removePostgres, startPostgres } from '@vobee/local/postgres/server'
import { scriptOf } from '@vobee/local/processes/deployment'
import { findFreePort } from '@vobee/local/processes/ports'
import { ADMIN_KEY, asAdmin, MEMBER_TOKEN_SECRET, PERSON_KEY_SECRET } from '@vobee/testing/settings'
import pg from 'pg'
import { afterAll, beforeAll, vi } from 'vitest'
import type { Response } from './client.ts'

const root = join(import.meta.dirname, '../..')

export type Replica = {
  address: string
  /** Ends it with `kill -9` and restarts it. Resolves when it is ready. */
  kill: () => Promise<void>
}

export type Replicas = {
  replicas: Replica[]
  owner: pg.Pool
  /** Crashes Postgres and restarts it. */
  crashPostgres: () => Promise<void>
}

const untilReady = (address: string) =>
  vi.waitFor(
    async () => {
      if (!(await fetch(`${address}/ready`)).ok) throw new Error(`${address} is not ready`)
    },
    { timeout: 60_000 },
  )

const startReplica = async (name: ServiceName, databaseUrl: string) => {
  const port = await findFreePort()
  const address = `http://127.0.0.1:${port}`
  let child: ChildProcess
  const start = async () => {
    child = spawn(process.execPath, [scriptOf(name)], {
      cwd: root,
      env: {
        ...{ PORT: String(port), ADMIN_API_KEY: ADMIN_KEY, LOG_LEVEL: 'warn' },
        ...{ PERSON_KEY_SECRET, MEMBER_TOKEN_SECRET, RATE_LIMITS: 'off' },
        [urlVariable(name)]: databaseUrl,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await untilReady(address)
  }
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  await start()
  return { address, kill: () => end('SIGKILL').then(start), stop: () => end('SIGTERM') }
}

/** Starts two processes of a service for the calling test file. */
export const useReplicas = (name: ServiceName): Replicas => {
  const given = {} as Replicas
  const undo: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'vobee-e2e-'))
    undo.push(() => rm(dataDir, { recursive: true, force: true }))
    const options = { dataDir, port: 0, database: 'replicas', password: 'replicas' }
    const { url } = await startPostgres(options)
    undo.push(() => removePostgres(dataDir))
    const port = Number(new URL(url).port)
    const urls = await migrate(url)
    const owner = new pg.Pool({ connectionString: url, max: 2 })
    owner.on('error', () => {})
    undo.push(() => owner.end())
    const replicas = await Promise.all([1, 2].map(() => startReplica(name, urls[name])))
    undo.push(() => Promise.all(replicas.map((replica) => replica.stop())))
    const crashPostgres = async () => {
      const [pid] = (await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split(
        '\n',
      )
      process.kill(Number(pid), 'SIGQUIT')
      await vi.waitFor(() => startPostgres({ ...options, port }), { timeout: 20_000 })
    }
    Object.assign(given, { replicas, owner, crashPostgres })
  })
  afterAll(async () => {
    for (const act of undo.reverse()) await act()
  })
  return given
}

/** Calls a replica as an admin. Returns null if there is no response. */
export const ask = async (
  base: string,
  request: string,
  body?: object,
): Promise<Pick<Response, 'status' | 'body'> | null> => {
  const [method, path] = request.split(' ') as [string, string]
  try {
    const reply = await fetch(base + path, {
      method,
      headers: { ...asAdmin, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: reply.status, body: await reply.json() }
  } catch {
    return null
  }
}
