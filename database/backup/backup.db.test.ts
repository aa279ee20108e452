// Backups: what they contain, and what restoring rejects.
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '../migrate.ts'
import { queueVersion } from '../queues.ts'
import { schemaStatements } from '../schema-file.ts'
import { query, useNewDatabases } from '../testing/new-databases.ts'
import { backupCommand } from './command.ts'
import { createBackup } from './create.ts'
import type { Manifest } from './manifest.ts'
import { checkBackup, restoreBackup } from './restore.ts'

const db = useDatabase()
const newDatabase = useNewDatabases(db)
let folder: string
let file: string
let manifest: Manifest
let restored: string

// Text that COPY escapes, in 9 MB: more than one file of a table.
const text = `a\ttab, a \\. line\nand a ${'long '.repeat(200)}`

const backUp = (ownerUrl: string, path: string) =>
  createBackup({ ownerUrl, personKeySecret: PERSON_KEY_SECRET, target: createWriteStream(path) })

const restore = async (url: string, path = file) => {
  const checked = await checkBackup(path, PERSON_KEY_SECRET)
  const options = { ownerUrl: url, file: path, manifest: checked, given: {}, say: () => {} }
  await restoreBackup(options)
}

const rowsOf = (url: string) =>
  query(
    url,
    `select (select md5(string_agg(log::text, '' order by id)) from waitlist.audit as log) as audit,
            (select jsonb_agg(job order by id) from waitlist_jobs.job) as jobs,
            (select jsonb_agg(row order by id) from referrals.inbox as row) as inbox,
            (select jsonb_agg(gate) from invites.gate) as gate,
            (select jsonb_agg(key) from access.keys as key) as keys,
            (select jsonb_agg(row order by id) from waitlist.migrations as row) as migrations`,
  )

const fill = `
  insert into waitlist.audit (actor, key_id, act, subject, address, request_id, reason)
  select 'ada', 'env', 'waitlist.removed', n::text, '::1', 'r', $text$${text}$text$
  from generate_series(1, 8000) as n;
  insert into access.keys (id, hash, name, scopes, created_by)
  values ('k', sha256('k'), 'crm', '{admin}', 'ada');
  select referrals.publish('waitlist.joined', '{"n": 7}');
  delete from referrals.inbox where payload is null;
  update invites.gate set reasons = '{quiet}';
  select waitlist_jobs.create_queue('mail', '{"policy": "exclusive"}');
  insert into waitlist_jobs.job (name, policy, data) values ('mail', 'exclusive', '{"kind": "joined"}')`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-backup-'))
  file = join(folder, 'whole.tar.gz')
  await db.owner.query(fill)
  manifest = await backUp(db.ownerUrl, file)
  restored = await newDatabase()
  await restore(restored)
})
afterAll(() => rm(folder, { recursive: true }))

test('a restored database has every row, and its numbers go on after them', async () => {
  expect(await rowsOf(restored)).toEqual(await rowsOf(db.ownerUrl))
  const [{ id }] = await query(
    restored,
    `insert into waitlist.audit (actor, key_id, act, subject, address, request_id)
     values ('ada', 'env', 'x', 'x', '::1', 'r') returning id::int`,
  )
  expect(id).toBe(8001)
  await expect(query(restored, 'delete from waitlist.audit')).rejects.toThrow('append-only')
  const entry = manifest.tables.find(({ name }) => name === 'waitlist.audit')
  expect(entry).toMatchObject({ rows: 8000, files: 2 })
})

test('a migration waits for a backup, and nothing else does', async () => {
  const target = new PassThrough()
  const options = { ownerUrl: restored, personKeySecret: PERSON_KEY_SECRET, target }
  const backup = createBackup(options)
  const locks = `select from pg_locks where locktype = 'advisory' and mode = 'ShareLock'`
  await expect.poll(() => query(restored, locks)).toHaveLength(1)
  const said: string[] = []
  const migrating = migrate(restored, { say: (line) => said.push(line) })
  await expect.poll(() => said.join()).toContain('waits for')
  await query(restored, `select referrals.publish('later', '{}')`)
  target.resume()
  const inbox = (await backup).tables.find(({ name }) => name === 'referrals.inbox')
  expect(inbox).toMatchObject({ rows: 1 })
  await migrating
})

test('a backup of an older version is restored and migrated', async () => {
  const [older, url] = [await newDatabase(), await newDatabase()]
  const { migrations } = manifest
  const names = migrations['waitlist.migrations'] as string[]
  const state = {
    migrations: { ...migrations, 'waitlist.migrations': names.slice(0, 8) },
    queues: { ...manifest.queues, waitlist_jobs: queueVersion - 2 },
  }
  await query(older, `${await schemaStatements(state)}; select referrals.publish('x', '{}')`)
  const path = join(folder, 'older.tar.gz')
  expect(await backUp(older, path)).toMatchObject(state)
  await restore(url, path)
  const found = await query(url, 'select name from waitlist.migrations order by id')
  expect(found.map(({ name }) => name)).toEqual(names)
  expect(await query(url, 'select version from waitlist_jobs.version')).toEqual([
    { version: queueVersion },
  ])
  expect(await query(url, 'select event from referrals.inbox')).toEqual([{ event: 'x' }])
})

describe('restoring rejects', () => {
  const isUntouched = async (url: string) =>
    expect(
      await query(url, `select nspname from pg_namespace where nspname !~ '^pg_|^information_'`),
    ).toEqual([{ nspname: 'public' }])

  test('another PERSON_KEY_SECRET', async () => {
    await expect(checkBackup(file, 'another-secret-of-more-than-32-characters')).rejects.toThrow(
      'another PERSON_KEY_SECRET',
    )
    expect(JSON.stringify(manifest)).not.toContain(PERSON_KEY_SECRET)
  })

  test('a database that is not empty', async () => {
    const before = await rowsOf(db.ownerUrl)
    await expect(restore(db.ownerUrl)).rejects.toThrow('not empty')
    expect(await rowsOf(db.ownerUrl)).toEqual(before)
  })

  test('a backup of a newer version', async () => {
    const newer = join(folder, 'newer.tar.gz')
    const later = `insert into waitlist.migrations (name, run_on) values ('999_later', now())`
    await db.owner.query(later)
    await backUp(db.ownerUrl, newer)
    await db.owner.query(`delete from waitlist.migrations where name = '999_later'`)
    await expect(checkBackup(newer, PERSON_KEY_SECRET)).rejects.toThrow('newer than this one')
  })

  test.each([
    ['cut off', (content: Buffer) => content.subarray(0, content.length - 100)],
    ['empty', () => Buffer.alloc(0)],
    ['no archive', () => Buffer.from('-- PostgreSQL database dump')],
    [
      'changed',
      (content: Buffer) => {
        const tar = gunzipSync(content)
        tar[tar.indexOf('a \\\\. line')] = 98
        return gzipSync(tar, { level: 1 })
      },
    ],
  ])('a file that is %s, and changes nothing', async (_what, damage) => {
    const path = join(folder, 'damaged.tar.gz')
    await writeFile(path, damage(await readFile(file)))
    await expect(checkBackup(path, PERSON_KEY_SECRET)).rejects.toThrow(
      /damaged|no backup|not a whole/,
    )
  })

  test('rows that do not fit, and leaves the database empty', async () => {
    const url = await newDatabase()
    const checked = await checkBackup(file, PERSON_KEY_SECRET)
    const tables = checked.tables.map((table) => ({ ...table, columns: table.columns.slice(1) }))
    const options = { file, manifest: { ...checked, tables }, given: {}, say: () => {} }
    await expect(restoreBackup({ ownerUrl: url, ...options })).rejects.toThrow(/extra data|invalid/)
    await isUntouched(url)
  })
})

describe('the command', () => {
  const run = async (args: string[], url = db.ownerUrl) => {
    const [printed, said]: [string[], string[]] = [[], []]
    const code = await backupCommand(args, {
      open: async () => ({ url, close: async () => {} }),
      personKeySecret: async () => PERSON_KEY_SECRET,
      folder,
      stdout: new PassThrough().resume(),
      print: (line) => printed.push(line),
      say: (line) => said.push(line),
    })
    return { code, printed, said: said.join('\n') }
  }

  test('names the file after the time in a folder that it creates, readable only by its user', async () => {
    const { code, printed } = await run(['--out', 'kept/'])
    expect([code, printed]).toEqual([
      0,
      [expect.stringMatching(/\/kept\/vobee-\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz$/)],
    ])
    expect((await stat(printed[0] as string)).mode & 0o777).toBe(0o600)
    expect(await run(['--out', printed[0] as string])).toMatchObject({
      code: 1,
      said: expect.stringContaining('exists already'),
    })
  })

  test('writes to standard output and prints nothing else', async () => {
    expect(await run(['--out', '-'])).toMatchObject({ code: 0, printed: [] })
  })

  test('leaves no file when it fails', async () => {
    const before = await readdir(folder)
    expect((await run(['--out', 'failed.tar.gz'], await newDatabase())).code).toBe(1)
    expect((await run(['--out', 'failed.tar.gz'], 'postgres://x@127.0.0.1:1/x')).code).toBe(1)
    expect(await readdir(folder)).toEqual(before)
  })

  test('explains itself, and wrong arguments are code 2', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      printed: [expect.stringContaining('npm run backup')],
    })
    expect((await run(['--fast'])).code).toBe(2)
    expect((await run(['somewhere'])).code).toBe(2)
  })
})
