// What stops `npm start` before it starts anything.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { lockData } from './data-lock.ts'
import { portVariable, processNames } from './processes/deployment.ts'
import { findFreePort } from './processes/ports.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-main-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs `npm start` on free ports until it ends. */
const start = async (settings: NodeJS.ProcessEnv) => {
  const ports: NodeJS.ProcessEnv = { POSTGRES_PORT: '0' }
  for (const name of processNames) ports[portVariable(name)] = String(await findFreePort())
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, DATABASE_URL: '', ...ports, DATA_DIR: folder, ...settings },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const [[code], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)])
  return { code, stderr }
}

test('invalid settings of any process are named before a database is created', async () => {
  const { code, stderr } = await start({
    TRUST_PAUSE: 'low',
    HOST_JWT_ISSUER: 'host',
    BODY_LIMIT_BYTES: '0',
  })
  expect(code).toBe(78)
  const lines = [
    'TRUST_PAUSE: must be a number',
    'HOST_JWT_AUDIENCE: is not set',
    'BODY_LIMIT_BYTES: must',
  ]
  for (const line of lines) expect(stderr.split(line)).toHaveLength(2)
  expect(await readdir(folder)).toEqual(['lock'])
})

test('a port in use is named before a database is created', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const { code, stderr } = await start({ REFERRALS_PORT: String(port) })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `port ${port} (REFERRALS_PORT) is already in use\n`,
  })
  expect(await readdir(folder)).toEqual(['lock'])
})

test('a second start on the same data folder is refused until the first one ends, also by kill -9', async () => {
  const first = fork(join(import.meta.dirname, 'testing/lock-data.ts'), [folder])
  await once(first, 'message')
  const { code, stderr } = await start({})
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Another npm start uses ${folder}. Stop it first, or set DATA_DIR to another folder.\n`,
  })
  first.kill('SIGKILL')
  await once(first, 'exit')
  lockData(folder)
})
