// What an archive says about itself: `manifest.json`, its last file.
import { createHmac } from 'node:crypto'

/** A table: its rows are in the files `<name>/000001.copy` …, in the text format of COPY. */
export type TableEntry = {
  name: string
  columns: string[]
  rows: number
  files: number
  bytes: number
  sha256: string
}

/** The names of the migrations that ran, by `<schema>.<ledger>`, in their order. */
export type Migrations = Record<string, string[]>

export type Manifest = {
  format: 1
  /** The version of the software that made the backup. */
  version: string
  postgres: string
  /** The moment that the backup shows, as Postgres writes it. */
  taken_at: string
  /** See `fingerprintOf`. */
  person_key_secret: string
  migrations: Migrations
  /** The version of pg-boss's tables, by schema. */
  queues: Record<string, number>
  tables: TableEntry[]
  /** The last value of each sequence; null: none was taken. */
  sequences: Record<string, string | null>
}

export const manifestFile = 'manifest.json'

/**
 * Returns a keyed hash that is the same for the same PERSON_KEY_SECRET and does not lead back to it.
 * The secret has 32 characters or more.
 */
export const fingerprintOf = (secret: string): string =>
  createHmac('sha256', secret).update('vobee-invites backup').digest('hex').slice(0, 32)

export const README = `A backup of VoBee Invites.

Each folder is a table of the database. Its files contain the rows in the text format of PostgreSQL's
COPY. ${manifestFile} names the columns, the number of rows and the SHA-256 of all files of a table
together, and the values of the sequences. To load one table into a database that has it:

  cat waitlist.entries/*.copy | psql -c 'copy waitlist.entries (<columns>) from stdin' <database>

npm run restore loads everything: see docs/OPERATIONS.md.
`
