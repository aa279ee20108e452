// The list of erasures outside the database: one JSON object on each line.
import { readFile } from 'node:fs/promises'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { openPerson } from '@vobee/shared/privacy/erasures'
import type pg from 'pg'
import { schemaOf, services } from '../roles.ts'
import { BackupError } from './archive-reader.ts'

/** An erasure of a service. The waitlist's is published to the others. */
export type ListedErasure = { service: string; id: string; erased_at: string; person: string }

const ERASURES = services
  .map(schemaOf)
  .map((schema) => `select '${schema}' as service, id, erased_at, person from ${schema}.erasures`)
  .join(' union all ')

/** Returns the erasures since a time, oldest first; `person` is encrypted, in base64. */
export const listErasures = async (db: pg.Client, since: Date): Promise<ListedErasure[]> => {
  const { rows } = await db.query(
    `select service, id, erased_at, encode(person, 'base64') as person
     from (${ERASURES}) as erasures where erased_at >= $1 order by erased_at, id`,
    [since],
  )
  return rows
}

const parseLine = (line: string, personKey: PersonKey): ListedErasure => {
  const { service, id, erased_at, person } = JSON.parse(line)
  const isValid =
    services.map(schemaOf).includes(service) &&
    /^[0-9a-f-]{36}$/.test(id) &&
    !Number.isNaN(Date.parse(erased_at))
  if (!isValid) throw new Error('invalid')
  return { service, id, erased_at, person: openPerson(Buffer.from(person, 'base64'), personKey) }
}

/**
 * Reads lists. Returns each erasure once, with the person key.
 * @throws BackupError if a line is no erasure, or was made with another PERSON_KEY_SECRET.
 */
export const readErasures = async (files: readonly string[], personKey: PersonKey) => {
  const found = new Map<string, ListedErasure>()
  for (const file of files) {
    const lines = (await readFile(file, 'utf8')).split('\n')
    for (const [index, line] of lines.entries()) {
      if (!line.trim()) continue
      try {
        const erasure = parseLine(line, personKey)
        found.set(erasure.id, erasure)
      } catch {
        throw new BackupError(
          `${file}, line ${index + 1}: this is no erasure of the system with this PERSON_KEY_SECRET.`,
        )
      }
    }
  }
  return [...found.values()]
}

// A transaction that erases takes less than this; `erased_at` is its beginning.
const LONGEST_MS = 5 * 60_000

/** Returns the erasures that a backup of this moment does not contain. */
export const missingErasures = async (
  db: Pick<pg.Pool, 'query'>,
  erasures: readonly ListedErasure[],
  takenAt: string,
): Promise<ListedErasure[]> => {
  const { rows } = await db.query<{ id: string }>(`select id from (${ERASURES}) as erasures`)
  const known = new Set(rows.map(({ id }) => id))
  const since = Date.parse(takenAt) - LONGEST_MS
  return erasures.filter(({ id, erased_at }) => !known.has(id) && Date.parse(erased_at) >= since)
}
