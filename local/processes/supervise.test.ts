import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive, until } from '../testing/until.ts'
import { type Supervised, supervise } from './supervise.ts'

const root = join(import.meta.dirname, '../..')
const script = join(import.meta.dirname, '../testing/process.ts')
let folder = ''
const running: Supervised[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-supervise-'))
})

afterEach(async () => {
  for (const one of running.splice(0)) one.kill()
  await rm(folder, { recursive: true, maxRetries: 5 })
})

const journal = async (name: string) =>
  (await readFile(join(folder, name), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean)

const pids = async (name: string) =>
  (await journal(name)).flatMap((line) => line.match(/runs as (\d+)/)?.[1] ?? []).map(Number)

const untilRestarted = (name: string, times: number) =>
  until(async () => (await pids(name))[times - 1])

const environment = (name: string, more = {}) => ({
  ...process.env,
  ...{ NAME: name, JOURNAL: join(folder, name), ...more },
})

const begin = (name: string, more = {}) => {
  const said: string[] = []
  const program = { name, args: [script], cwd: root, env: environment(name, more) }
  const one = supervise(program, { say: (line) => said.push(line) })
  running.push(one)
  return { ...one, said }
}

test('a killed process is restarted after a growing delay', async () => {
  const { said } = begin('service')
  for (const times of [1, 2, 3]) process.kill(await untilRestarted('service', times), 'SIGKILL')
  await untilRestarted('service', 4)
  expect(said).toEqual(
    [100, 200, 400].map((wait) => `service ended (SIGKILL); restarting it in ${wait} ms`),
  )
})

test('a stopped process ends by SIGTERM and is not restarted', async () => {
  const { stop, said } = begin('stopped')
  const pid = await untilRestarted('stopped', 1)
  await stop()
  expect(isAlive(pid)).toBe(false)
  const fallen = begin('fallen')
  process.kill(await untilRestarted('fallen', 1), 'SIGKILL')
  await until(() => fallen.said.length)
  await fallen.stop()
  // A restart of either would come before the second restart of this one.
  begin('control')
  for (const times of [1, 2]) process.kill(await untilRestarted('control', times), 'SIGKILL')
  await untilRestarted('control', 3)
  expect(await journal('stopped')).toEqual([`stopped runs as ${pid}`, 'stopped stopped by SIGTERM'])
  expect(await pids('fallen')).toHaveLength(1)
  expect(said).toEqual([])
})

test('a process that does not stop in time is killed', async () => {
  const { stop, said } = begin('stubborn', { STUBBORN: '1' })
  const pid = await untilRestarted('stubborn', 1)
  await stop(100)
  expect(isAlive(pid)).toBe(false)
  expect(said).toEqual(['stubborn did not stop in 0.1 s; killing it'])
})

test.each([
  ['', [script]],
  [' under --watch', ['local/processes/watch.ts', script]],
])('a process%s stops when its supervisor is killed', async (_, args) => {
  const supervisor = spawn(process.execPath, ['local/testing/supervisor.ts', ...args], {
    ...{ cwd: root, env: environment('orphan'), stdio: 'inherit' },
  })
  const pid = await untilRestarted('orphan', 1)
  supervisor.kill('SIGKILL')
  await until(() => !isAlive(pid))
  expect((await journal('orphan')).at(-1)).toMatch(/^orphan stopped by (disconnect|SIGTERM)$/)
})
