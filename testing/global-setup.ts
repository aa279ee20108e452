// Runs before the tests that need Postgres: starts a server and migrates a template database.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@vobee/database/migrate'
import type { LoginName } from '@vobee/database/roles'
import { removePostgres, startPostgres } from '@vobee/local/postgres/server'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { ownerUrl: string; template: string; urls: Record<LoginName, string> }
  }
}

type Server = { url: string; stop: () => Promise<unknown> }

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// Removes the servers of killed runs. The name of the folder contains the process id.
const sweep = async () => {
  for (const name of await readdir(tmpdir())) {
    const pid = /^vobee-test-(\d+)-/.exec(name)?.[1]
    if (!pid || isAlive(Number(pid))) continue
    const dataDir = join(tmpdir(), name)
    await removePostgres(dataDir).catch(() => {})
    await rm(dataDir, { recursive: true, force: true })
  }
}

const embedded = async (): Promise<Server> => {
  await sweep()
  const dataDir = await mkdtemp(join(tmpdir(), `vobee-test-${process.pid}-`))
  const { url } = await startPostgres({
    dataDir,
    port: 0,
    database: 'postgres',
    password: randomBytes(16).toString('hex'),
    settings: { fsync: 'off', full_page_writes: 'off' },
  })
  const stop = async () => {
    await removePostgres(dataDir)
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url, stop }
}

const container = async (): Promise<Server> => {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = randomBytes(16).toString('hex')
  const started = await new GenericContainer('postgres:18')
    .withEnvironment({ POSTGRES_USER: 'orchestrator', POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    .withCommand(['-c', 'max_connections=300'])
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  const host = `${started.getHost()}:${started.getMappedPort(5432)}`
  return {
    url: `postgres://orchestrator:${password}@${host}/orchestrator`,
    stop: () => started.stop(),
  }
}

const startServer = async (): Promise<Server> => {
  if (process.env.TEST_POSTGRES === 'testcontainers') return container()
  const url = process.env.DATABASE_URL
  return url ? { url, stop: async () => {} } : embedded()
}

const onServer = async (url: string, statement: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

export const setup = async (project: TestProject) => {
  const server = await startServer()
  const template = `vobee_${randomBytes(4).toString('hex')}`
  await onServer(server.url, `create database ${template}`)
  const ownerUrl = Object.assign(new URL(server.url), { pathname: `/${template}` }).href
  const urls = await migrate(ownerUrl)
  project.provide('postgres', { ownerUrl, template, urls })
  return async () => {
    await onServer(server.url, `drop database ${template} with (force)`)
    for (const url of Object.values(urls)) {
      await onServer(server.url, `drop role if exists ${new URL(url).username}`)
    }
    await server.stop()
  }
}
