import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAlive, until } from '../testing/until.ts'
import { findPostgresPort, removePostgres, startPostgres } from './server.ts'

const folders: string[] = []
const makeFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-postgres-'))
  folders.push(folder)
  return folder
}

afterAll(async () => {
  for (const folder of folders) {
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

test('a new cluster is durable, uses UTF-8 and is readable only by its user', async () => {
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

test('a new cluster is created once if two processes start at the same time', async () => {
  const folder = await makeFolder()
  const [one, two] = await Promise.all([start(folder), start(folder)])
  expect(one.url).toBe(two.url)
})

describe('a cluster', () => {
  // Shared, because initialising it takes longer than most of these tests.
  let folder = ''
  beforeAll(async () => {
    folder = await makeFolder()
    await start(folder)
  })

  test('accepts only its password', async () => {
    const { url } = await start(folder)
    await expect(ask(url.replace('one%20password', 'another'), 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
  })

  test('is used with its port and rows if its server still runs', async () => {
    const first = await start(folder)
    await ask(first.url, 'create table adopted as select 7 as n')
    const second = await start(folder)
    expect(second).toMatchObject({ adopted: true, url: first.url })
    expect(await ask(second.url, 'select n from adopted')).toEqual([7])
  })

  test('keeps what was committed before a kill -9', async () => {
    const first = await start(folder)
    await ask(first.url, 'create table committed as select 7 as n')
    process.kill(await pidOf(folder), 'SIGKILL')
    const second = await start(folder)
    expect(second.adopted).toBe(false)
    expect(await ask(second.url, 'select n from committed')).toEqual([7])
  })

  test('starts although another program now has the process id of its last server', async () => {
    await (await start(folder)).stop()
    const data = join(folder, 'postgres', 'data')
    const { uid, gid } = await stat(data)
    await writeFile(pidFile(folder), `${process.pid}\n${data}\n1\n1\n\n127.0.0.1\n1 1\nready\n`)
    await chown(pidFile(folder), uid, gid)
    expect(await findPostgresPort(folder)).toBeNull()
    expect(await ask((await start(folder)).url, 'select 1')).toEqual([1])
  })

  test('logs errors without the values of rows and without statements', async () => {
    const { url } = await start(folder)
    await ask(url, `create table once (code text primary key)`)
    const insert = `insert into once values ('SECRET-CODE')`
    await ask(url, insert)
    await expect(ask(url, insert)).rejects.toMatchObject({
      detail: expect.stringContaining('SECRET'),
    })
    const log = await readFile(join(folder, 'postgres', 'log'), 'utf8')
    expect(log).toContain('duplicate key value')
    expect(log).not.toContain('SECRET')
  })

  test.runIf(process.platform === 'linux')('syncs all files at once after a crash', async () => {
    const { url } = await start(folder)
    expect(await ask(url, 'show recovery_init_sync_method')).toEqual(['syncfs'])
  })

  test('stops, and can be stopped again', async () => {
    const { stop } = await start(folder)
    const pid = await pidOf(folder)
    await stop()
    await until(() => !isAlive(pid))
    await stop()
  })

  test('survives Ctrl-C in the terminal that started it', async () => {
    await (await start(folder)).stop()
    const starter = fork(join(import.meta.dirname, '../testing/start-postgres.ts'), [folder], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [url] = await once(starter, 'message')
    process.kill(-(starter.pid ?? 0), 'SIGINT')
    await once(starter, 'exit')
    expect(await ask(url, 'select 1')).toEqual([1])
  })

  test('names another password as the reason for not starting', async () => {
    await (await start(folder)).stop()
    await expect(start(folder, { password: 'another' })).rejects.toThrow(
      'created with another password',
    )
    await until(async () => (await findPostgresPort(folder)) === null)
  })

  test('names the reason of Postgres for not starting', async () => {
    await (await start(folder)).stop()
    await appendFile(join(folder, 'postgres', 'data', 'postgresql.conf'), '\nno_such_setting = 1\n')
    await expect(start(folder)).rejects.toThrow(/FATAL: .*contains errors/)
  })
})
