import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest'
import { findPostgresPort, removePostgres } from '../postgres/server.ts'
import { readLocalSettings } from '../settings.ts'
import { until } from '../testing/until.ts'
import { findFreePort } from './ports.ts'
import { createSystem } from './system.ts'

// The first test initialises the database; the others start with it.
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-system-'))
})
afterAll(async () => {
  await removePostgres(folder)
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  vi.stubEnv('JOURNAL', join(folder, 'journal'))
})
afterEach(async () => {
  await rm(join(folder, 'journal'), { force: true })
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const journal = async () =>
  (await readFile(join(folder, 'journal'), 'utf8').catch(() => '')).trim().split('\n')

const create = async () => {
  const variables = ['GATEWAY', 'WAITLIST', 'INVITES', 'REFERRALS', 'QUALITY_GATES']
  const ports = await Promise.all(
    variables.map(async (name) => [`${name}_PORT`, String(await findFreePort())]),
  )
  return createSystem({
    root: join(import.meta.dirname, '../testing/system'),
    settings: readLocalSettings(folder, { ...Object.fromEntries(ports), DATA_DIR: folder }),
    ...{ postgresPort: 0, mailbox: null, watch: false, say: () => {} },
  })
}

/** Makes standard output a terminal for the test, and returns what writes to it. */
const showTerminal = () => {
  const { isTTY } = process.stdout
  process.stdout.isTTY = true
  onTestFinished(() => {
    process.stdout.isTTY = isTTY
  })
  return vi.spyOn(process.stdout, 'write').mockReturnValue(true)
}

test('a stop in the middle of the start leaves nothing running', async () => {
  const system = await create()
  const started = system.start()
  await system.stop()
  await started
  expect(await findPostgresPort(folder)).toBeNull()
  expect(await journal()).toEqual([''])
})

test('the gateway stops first, then the services, then Postgres', async () => {
  const write = showTerminal()
  const system = await create()
  await system.start()
  const key = (await readFile(join(folder, 'admin-key'), 'utf8')).trim()
  expect(write.mock.lastCall?.[0]).toContain(`-H "Authorization: Bearer ${key}"`)
  await until(async () => (await journal()).filter((line) => line.includes('runs as')).length === 5)
  await system.stop()
  const stops = (await journal()).filter((line) => line.includes('stopped'))
  expect(stops[0]).toBe('gateway stopped by SIGTERM with a database')
  expect(stops.slice(1).sort()).toEqual(
    ['invites', 'quality-gates', 'referrals', 'waitlist'].map(
      (name) => `${name} stopped by SIGTERM with a database`,
    ),
  )
  expect(await findPostgresPort(folder)).toBeNull()
})

test('invalid settings of one process stop the start and all other processes', async () => {
  vi.stubEnv('UNFIT', 'gateway')
  const system = await create()
  await expect(system.start()).rejects.toThrow('with these settings')
  const lines = await journal()
  expect(lines.filter((line) => line.includes('runs as'))).toHaveLength(4)
  expect(lines.filter((line) => line.includes('stopped by SIGTERM'))).toHaveLength(4)
  expect(await findPostgresPort(folder)).toBeNull()
})

test('a killed Postgres is restarted on its port, and a stored key is not printed', async () => {
  const write = showTerminal()
  const system = await create()
  await system.start()
  const file = join(folder, 'admin-key')
  expect(write.mock.lastCall?.[0]).toContain(`-H "Authorization: Bearer $(cat "${file}")"`)
  expect(write.mock.lastCall?.[0]).not.toContain((await readFile(file, 'utf8')).trim())
  const port = await findPostgresPort(folder)
  const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid')
  process.kill(Number.parseInt(await readFile(pidFile, 'utf8'), 10), 'SIGKILL')
  await until(async () => (await findPostgresPort(folder)) === null)
  await until(async () => (await findPostgresPort(folder)) === port)
  await system.stop()
  expect(await findPostgresPort(folder)).toBeNull()
})
