// Creates a backup: the rows of all tables in one snapshot, while the system runs.
import type { Writable } from 'node:stream'
import { connectOnce } from '@vobee/shared/data/client'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { ledgers } from '../migrate.ts'
import { findQueueVersion } from '../queues.ts'
import { queuesOf, schemaOf, services } from '../roles.ts'
import { type ArchiveWriter, writeArchive } from './archive-writer.ts'
import {
  fingerprintOf,
  type Manifest,
  type Migrations,
  manifestFile,
  README,
  type TableEntry,
} from './manifest.ts'
import { findSchemas, listSequences, listTables, type Table } from './tables.ts'
import { version } from './version.ts'

export type BackupOptions = { ownerUrl: string; personKeySecret: string; target: Writable }

// Migrations wait for the backup, so that none waits inside for a lock that all services then wait
// for. The session takes the lock, because the snapshot must begin after a migration in progress.
const PREPARE = `
  set statement_timeout = 0;
  set lock_timeout = 0;
  set idle_in_transaction_session_timeout = 0;
  select pg_advisory_lock_shared(hashtext('vobee bootstrap'))`

const migrationsOf = async (db: pg.Client): Promise<Migrations> => {
  const found: Migrations = {}
  for (const service of services) {
    for (const { table } of ledgers(service)) {
      const ledger = `${schemaOf(service)}.${table}`
      const { rows } = await db.query(`select name from ${ledger} order by id`)
      found[ledger] = rows.map((row) => row.name)
    }
  }
  return found
}

const queueVersions = async (db: pg.Client) => {
  const found: Record<string, number> = {}
  for (const schema of services.map(queuesOf)) {
    const one = await findQueueVersion(db, schema)
    if (one !== null) found[schema] = one
  }
  return found
}

// COPY of a partitioned table needs a query.
const copyOut = ({ name, columns, isPartitioned }: Table) => {
  const list = columns.join(', ')
  return `copy ${isPartitioned ? `(select ${list} from ${name})` : `${name} (${list})`} to stdout`
}

const writeTable = async (
  db: pg.Client,
  archive: ArchiveWriter,
  table: Table,
): Promise<TableEntry> => {
  const rows = db.query(copyTo(copyOut(table)))
  const written = await archive.table(table.name, rows)
  return { name: table.name, columns: table.columns, rows: rows.rowCount, ...written }
}

const writeAll = async (
  db: pg.Client,
  archive: ArchiveWriter,
  personKeySecret: string,
): Promise<Manifest> => {
  const { rows } = await db.query(
    `select now()::text as taken_at, current_setting('server_version') as postgres`,
  )
  if ((await findSchemas(db)).length === 0)
    throw new Error('The database is empty: there is nothing to back up.')
  await archive.file('README.txt', README)
  const tables: TableEntry[] = []
  for (const table of await listTables(db)) tables.push(await writeTable(db, archive, table))
  const manifest: Manifest = {
    format: 1,
    version,
    ...(rows[0] as { taken_at: string; postgres: string }),
    person_key_secret: fingerprintOf(personKeySecret),
    migrations: await migrationsOf(db),
    queues: await queueVersions(db),
    tables,
    // Sequences know no snapshot: read last, they are beyond every row of it.
    sequences: Object.fromEntries((await listSequences(db)).map(({ name, last }) => [name, last])),
  }
  await archive.file(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** Writes a backup to `target` and ends it. Returns its manifest. */
export const createBackup = async (options: BackupOptions): Promise<Manifest> => {
  const { ownerUrl, personKeySecret, target } = options
  const db = await connectOnce(ownerUrl)
  try {
    await db.query(PREPARE)
    await db.query('begin isolation level repeatable read read only')
    const archive = writeArchive(target)
    const manifest = await writeAll(db, archive, personKeySecret)
    await archive.end()
    return manifest
  } catch (error) {
    target.destroy()
    throw error
  } finally {
    await db.end()
  }
}
