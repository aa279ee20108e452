import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { isAlive, until } from '../testing/until.ts'
import { findPostgresPort, removePostgres, startPostgres } from './server.ts'

const folders: string[] = []
const makeFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-postgres-'))
  folders.push(folder)
  return folder
}

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await removePostgres(folder)
    await rm(folder, { recursive: true })
  }
})

const start = (dataDir: string, more = {}) =>
  startPostgres({
    ...{ dataDir, port: 0, database: 'app', password: 'one password' },
    ...{ settings: { fsync: 'off' }, ...more },
  })

const ask = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

const pidFile = (folder: string) => join(folder, 'postgres', 'data', 'postmaster.pid')
const pidOf = async (folder: string) => Number.parseInt(await readFile(pidFile(folder), 'utf8'), 10)

test('a new cluster is durable, speaks UTF-8 and lies where only its user can read it', async () => {
  const folder = await makeFolder()
  const { url } = await start(folder, { settings: {} })
  expect(
    await ask(
      url,
      `select current_setting('fsync'), current_setting('synchronous_commit'),
              current_setting('server_encoding'), datlocprovider, datlocale,
              current_setting('listen_addresses'), current_setting('unix_socket_directories')
         from pg_database where datname = current_database()`,
    ),
  ).toEqual(['on', 'on', 'UTF8', 'b', 'C.UTF-8', '127.0.0.1', ''])
  expect((await stat(join(folder, 'postgres'))).mode & 0o077).toBe(0)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test('only the password lets in', async () => {
  const { url } = await start(await makeFolder())
  await expect(ask(url.replace('one%20password', 'another'), 'select 1')).rejects.toThrow(
    'password authentication failed',
  )
})

test('a server that still runs is adopted with its port and its rows', async () => {
  const folder = await makeFolder()
  const first = await start(folder)
  await ask(first.url, 'create table kept as select 7 as n')
  const second = await start(folder)
  expect(second).toMatchObject({ adopted: true, url: first.url })
  expect(await ask(second.url, 'select n from kept')).toEqual([7])
})

test('two that start at once share one server', async () => {
  const folder = await makeFolder()
  const [one, two] = await Promise.all([start(folder), start(folder)])
  expect(one.url).toBe(two.url)
})

test('what was committed survives a kill -9 of the server', async () => {
  const folder = await makeFolder()
  const first = await start(folder)
  await ask(first.url, 'create table kept as select 7 as n')
  process.kill(await pidOf(folder), 'SIGKILL')
  const second = await start(folder)
  expect(second.adopted).toBe(false)
  expect(await ask(second.url, 'select n from kept')).toEqual([7])
})

test('a server starts although its old process id belongs to another program now', async () => {
  const folder = await makeFolder()
  await (await start(folder)).stop()
  const data = join(folder, 'postgres', 'data')
  const { uid, gid } = await stat(data)
  await writeFile(pidFile(folder), `${process.pid}\n${data}\n1\n1\n\n127.0.0.1\n1 1\nready\n`)
  await chown(pidFile(folder), uid, gid)
  expect(await findPostgresPort(folder)).toBeNull()
  expect(await ask((await start(folder)).url, 'select 1')).toEqual([1])
})

test('a stopped server is gone, and stopping it again is no fault', async () => {
  const folder = await makeFolder()
  const { stop } = await start(folder)
  const pid = await pidOf(folder)
  await stop()
  await until(() => !isAlive(pid))
  await stop()
})

test('a Ctrl-C in the terminal does not reach the server', async () => {
  const folder = await makeFolder()
  const starter = fork(join(import.meta.dirname, '../testing/start-postgres.ts'), [folder], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [url] = await once(starter, 'message')
  process.kill(-(starter.pid ?? 0), 'SIGINT')
  await once(starter, 'exit')
  expect(await ask(url, 'select 1')).toEqual([1])
})

test('a server that can not start says why', async () => {
  const folder = await makeFolder()
  await (await start(folder)).stop()
  await writeFile(join(folder, 'postgres', 'data', 'PG_VERSION'), '12\n')
  await expect(start(folder)).rejects.toThrow(/FATAL: .*incompatible with server/)
})

test('another password than that of the cluster is said to be the reason', async () => {
  const folder = await makeFolder()
  await (await start(folder)).stop()
  await expect(start(folder, { password: 'another' })).rejects.toThrow(
    'created with another password',
  )
  await until(async () => (await findPostgresPort(folder)) === null)
})
