// `npm run erased`: prints the people who were erased, so that a restored backup can erase them again.
import { connectOnce } from '@vobee/shared/data/client'
import { type CommandTerminal, parseOptions, runCommand, UsageError } from './command-line.ts'
import { listErasures } from './erasure-list.ts'

export const usage = `npm run -s erased -- [--since <time, or 36h, 7d …>]

Prints the erasures of the last 90 days, or since a time: one JSON object on each line, with the
encrypted person key and no address. Append it to a file apart from the backups, regularly:
npm run restore -- <backup> --erased <file> applies those that the backup does not contain.`

export type ErasedTerminal = CommandTerminal & {
  /** Opens the database: the owner's URL, and what ends its use. */
  open: () => Promise<{ url: string; close: () => Promise<void> }>
}

const HOUR_MS = 3_600_000

const sinceOf = (text: string | undefined): Date => {
  if (text === undefined) return new Date(0)
  const [, number, unit] = /^(\d{1,6})([hd])$/.exec(text) ?? []
  const hours = Number(number) * (unit === 'd' ? 24 : 1)
  const since = new Date(unit ? Date.now() - hours * HOUR_MS : text)
  if (Number.isNaN(since.getTime()))
    throw new UsageError('--since must be a time such as 2026-11-21T18:00Z, 36h or 7d.')
  return since
}

const readList = async (url: string, since: Date) => {
  const db = await connectOnce(url)
  return listErasures(db, since).finally(() => db.end())
}

/** Runs the command. Returns the exit code: 0 success, 1 failure, 2 invalid arguments. */
export const erasedCommand = (args: readonly string[], terminal: ErasedTerminal) =>
  runCommand(usage, terminal, async () => {
    const { values } = parseOptions(args, { since: { type: 'string' } })
    if (values.help) return null
    const since = sinceOf(values.since as string | undefined)
    const { url, close } = await terminal.open()
    const erasures = await readList(url, since).finally(close)
    for (const erasure of erasures) terminal.print(JSON.stringify(erasure))
    return 0
  })
