// `npm run backup`: writes the whole database to one file, while the system runs.
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { type CommandTerminal, parseOptions, runCommand } from './command-line.ts'
import { createBackup } from './create.ts'
import type { Manifest } from './manifest.ts'
import { openTarget } from './target.ts'

export const usage = `npm run backup -- [--out <file or folder>]

Writes a backup of the whole database, also while the system runs. The default is the folder backups;
--out - writes to standard output. Keep PERSON_KEY_SECRET apart from the backup: restoring needs it.`

export type BackupTerminal = CommandTerminal & {
  /** Opens the database: the owner's URL, and what ends its use. */
  open: () => Promise<{ url: string; close: () => Promise<void> }>
  personKeySecret: () => Promise<string>
  /** The folder for relative names. */
  folder: string
  stdout: Writable
}

const summaryOf = ({ tables }: Manifest, since: number) => {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  return `${rows.toLocaleString('en')} rows of ${tables.length} tables in ${seconds} s`
}

const backUp = async (out: string, terminal: BackupTerminal) => {
  const since = performance.now()
  const personKeySecret = await terminal.personKeySecret()
  const slash = out.endsWith('/') ? '/' : ''
  const path = out === '-' ? out : resolve(terminal.folder, out) + slash
  const target = await openTarget(path, terminal.stdout)
  try {
    const { url: ownerUrl, close } = await terminal.open()
    const options = { ownerUrl, personKeySecret, target: target.stream }
    const manifest = await createBackup(options).finally(close)
    const name = await target.complete()
    terminal.say(`Backed up ${summaryOf(manifest, since)}.`)
    if (name) terminal.print(name)
  } catch (error) {
    await target.discard()
    throw error
  }
  return 0
}

/** Runs the command. Returns the exit code: 0 success, 1 failure, 2 invalid arguments. */
export const backupCommand = (args: readonly string[], terminal: BackupTerminal) =>
  runCommand(usage, terminal, async () => {
    const { values } = parseOptions(args, { out: { type: 'string', default: 'backups/' } })
    if (values.help) return null
    return backUp(values.out as string, terminal)
  })
