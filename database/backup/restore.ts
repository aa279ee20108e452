// Restores a backup into an empty database: everything in one transaction, then the migrations that
// are newer than the backup.
import { parse } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { connectOnce } from '@vobee/shared/data/client'
import type { Environment } from '@vobee/shared/ops/variables'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { ledgers, migrate } from '../migrate.ts'
import { queueVersion } from '../queues.ts'
import { schemaOf, services } from '../roles.ts'
import { migrationFiles, schemaStatements } from '../schema-file.ts'
import { BackupError, readTables, verifyArchive } from './archive-reader.ts'
import { fingerprintOf, type Manifest } from './manifest.ts'
import { findSchemas, listSequences, listTables } from './tables.ts'
import { version } from './version.ts'

/** Throws if this version of the software lacks a migration of the backup. */
const checkVersion = async ({ migrations, queues, version: made }: Manifest) => {
  const newer = new BackupError(
    `The backup was made by version ${made}, which is newer than this one (${version}). ` +
      `Restore it with version ${made} or later.`,
  )
  if (Object.values(queues).some((one) => one > queueVersion)) throw newer
  for (const service of services) {
    for (const { table, folder } of ledgers(service)) {
      const known = (await migrationFiles(folder)).map((file) => parse(file).name)
      const ran = migrations[`${schemaOf(service)}.${table}`] ?? []
      if (ran.some((name) => !known.includes(name))) throw newer
    }
  }
}

/**
 * Reads the whole file and returns its manifest.
 * @throws BackupError if it is damaged, newer than this version, or made with another secret.
 */
export const checkBackup = async (file: string, personKeySecret: string): Promise<Manifest> => {
  const manifest = await verifyArchive(file)
  await checkVersion(manifest)
  if (manifest.person_key_secret !== fingerprintOf(personKeySecret))
    throw new BackupError(
      'The backup was made with another PERSON_KEY_SECRET. Set the one of that system: with another ' +
        'one, nobody who joined would be recognized.',
    )
  return manifest
}

const checkEmpty = async (db: pg.Client) => {
  const found = await findSchemas(db)
  if (found.length > 0)
    throw new BackupError(
      `The database is not empty: it has the schemas ${found.join(', ')}. Nothing was changed. ` +
        'Restore into a new database.',
    )
}

/** Copies the rows of all tables in as they are: triggers have counted them before. */
const copyRows = async (db: pg.Client, file: string, { tables }: Manifest) => {
  const present = (await listTables(db)).map(({ name }) => name)
  for (const name of present) await db.query(`alter table ${name} disable trigger user`)
  // Migrations insert the first rows of some tables.
  await db.query(`truncate ${present.join(', ')}`)
  const columns = new Map(tables.map((table) => [table.name, table.columns]))
  for await (const { table, rows } of readTables(file)) {
    const copy = `copy ${table} (${columns.get(table)?.join(', ')}) from stdin`
    await pipeline(rows, db.query(copyFrom(copy)))
  }
  await db.query('set constraints all immediate')
  for (const name of present) await db.query(`alter table ${name} enable trigger user`)
}

const setSequences = async (db: pg.Client, { sequences }: Manifest) => {
  for (const { name, start } of await listSequences(db)) {
    const last = sequences[name] ?? null
    await db.query('select setval($1, $2, $3)', [name, last ?? start, last !== null])
  }
}

// No worker has the jobs that were in progress: without this they would wait until they expire. A
// scheduled job may run and wait at once, and runs at its next time anyway.
const requeueActive = async (db: pg.Client, { queues }: Manifest) => {
  for (const schema of Object.keys(queues)) {
    await db.query(
      `update ${schema}.job set state = 'retry', start_after = now()
       where state = 'active' and policy <> 'stately'`,
    )
  }
}

const fill = async (db: pg.Client, file: string, manifest: Manifest) => {
  await db.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; begin')
  await db.query(`select pg_advisory_xact_lock(hashtext('vobee bootstrap'))`)
  await checkEmpty(db)
  await db.query(`${await schemaStatements(manifest)} reset search_path`)
  await copyRows(db, file, manifest)
  await setSequences(db, manifest)
  await requeueActive(db, manifest)
  await db.query('commit')
}

export type RestoreOptions = {
  ownerUrl: string
  file: string
  manifest: Manifest
  /** The URLs of the roles, as for a migration. */
  given: Environment
  say: (line: string) => void
}

/**
 * Restores a checked backup. On an error before its commit, the database is as it was before.
 * @throws BackupError if the database is not empty.
 */
export const restoreBackup = async (options: RestoreOptions): Promise<void> => {
  const { ownerUrl, file, manifest, given, say } = options
  const db = await connectOnce(ownerUrl)
  try {
    await fill(db, file, manifest)
    await migrate(ownerUrl, { given, say })
    const tables = (await listTables(db)).map(({ name }) => name)
    await db.query(`analyze ${tables.join(', ')}`)
  } finally {
    await db.end()
  }
}
