// `npm run restore`: restores a backup into an empty database, erases again who was erased since, and
// runs the consistency check.
import { resolve } from 'node:path'
import {
  type CommandTerminal,
  parseOptions,
  runCommand,
  UsageError,
} from '@vobee/database/backup/command-line'
import { type ListedErasure, readErasures } from '@vobee/database/backup/erasure-list'
import type { Manifest } from '@vobee/database/backup/manifest'
import { checkBackup, restoreBackup } from '@vobee/database/backup/restore'
import { type Database, openDatabase } from '@vobee/shared/data/database'
import { CHECK_MS } from '@vobee/shared/ops/consistency-results'
import type { Environment } from '@vobee/shared/ops/variables'
import { type PersonKey, personKeys } from '@vobee/shared/privacy/email'
import { linesOf } from '../commands/check-lines.ts'
import { applyErasures } from './apply-erasures.ts'
import { checkConsistency } from './check-consistency.ts'

export const usage = `npm run restore -- <backup> [--erased <list>]…

Restores a backup into an empty database, and the newer migrations. --erased erases the people again
that npm run erased listed since. Prints the consistency check. Needs the PERSON_KEY_SECRET of the
system that was backed up.`

export type RestoreTerminal = CommandTerminal & {
  personKeySecret: () => Promise<string>
  /** Opens the database: the owner's URL, and what ends its use. Called only if the backup is good. */
  open: () => Promise<{ url: string; close: () => Promise<void> }>
  /** Returns the URLs of the roles that are set. */
  given: () => Environment
  /** The folder for relative names. */
  folder: string
}

type Checked = {
  file: string
  manifest: Manifest
  erasures: ListedErasure[]
  personKey: PersonKey
}

const check = async (
  args: readonly string[],
  terminal: RestoreTerminal,
): Promise<Checked | null> => {
  const lists = { type: 'string', multiple: true } as const
  const { values, positionals } = parseOptions(args, { erased: lists }, 1)
  if (values.help) return null
  const [name] = positionals
  if (!name) throw new UsageError('Name the backup to restore.')
  const file = resolve(terminal.folder, name)
  const secret = await terminal.personKeySecret()
  const personKey = personKeys(secret)
  const paths = ((values.erased ?? []) as string[]).map((path) => resolve(terminal.folder, path))
  const erasures = await readErasures(paths, personKey)
  return { file, manifest: await checkBackup(file, secret), erasures, personKey }
}

const report = async (db: Database, { say, print }: RestoreTerminal) => {
  say('Checking the consistency …')
  const results = await checkConsistency(db)
  for (const [service, checks] of Object.entries(results))
    print(linesOf(service, checks).join('\n'))
  const isClean = Object.values(results).every((checks) => checks.every(({ ok }) => ok))
  say(isClean ? 'The restored database is consistent.' : 'The restored database is not consistent.')
  return isClean ? 0 : 1
}

const restore = async (url: string, checked: Checked, terminal: RestoreTerminal) => {
  const { file, manifest, erasures, personKey } = checked
  const { given, say } = terminal
  say(`Restoring the backup of ${manifest.taken_at} (version ${manifest.version}) …`)
  await restoreBackup({ ownerUrl: url, file, manifest, given: given(), say })
  const log = { error: (_details: object, message: string) => say(message) }
  const db = openDatabase(url, { name: 'restore', max: 2, log, queryMs: CHECK_MS })
  try {
    const options = { erasures, takenAt: manifest.taken_at, personKey }
    const erased = await applyErasures(db, options)
    if (erasures.length > 0) say(`Erased again: ${erased} of ${erasures.length} in the list.`)
    return await report(db, terminal)
  } finally {
    await db.end()
  }
}

/**
 * Runs the command. Returns the exit code: 0 success, 1 failure or an inconsistency, 2 invalid
 * arguments.
 */
export const restoreCommand = (args: readonly string[], terminal: RestoreTerminal) =>
  runCommand(usage, terminal, async () => {
    const checked = await check(args, terminal)
    if (!checked) return null
    const { url, close } = await terminal.open()
    return restore(url, checked, terminal).finally(close)
  })
