// `npm run keys`: makes, lists and revokes API keys. A key is shown once and only its hash is kept.
import { userInfo } from 'node:os'
import { generateKey } from '@vobee/shared/auth/keys'
import pg from 'pg'
import { type Command, readArguments, UsageError, usage } from './arguments.ts'
import { keepKey, type ListedKey, listKeys, revokeKey } from './queries.ts'

/** Who runs the command; a user without a name, as in some containers, goes by number. */
export const whoRuns = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}

export type Terminal = {
  /** The owner's; asked for only when the arguments are right. */
  url: () => Promise<string>
  /** Who does it, for `created_by` and `revoked_by`. */
  user: string
  /** Standard output: what was asked for alone. */
  print: (line: string) => void
  /** Standard error. */
  say: (line: string) => void
}

const day = (time: Date | null) => time?.toISOString().slice(0, 16).replace('T', ' ') ?? '-'

const heads = ['id', 'name', 'state', 'scopes', 'created', 'by', 'expires', 'last used']

const cellsOf = (key: ListedKey) => [
  key.id,
  key.name,
  key.state,
  key.scopes.join(','),
  day(key.created_at),
  key.created_by,
  day(key.expires_at),
  day(key.last_used_at),
]

const table = (rows: string[][]): string[] => {
  const widths = heads.map((_, n) => Math.max(...rows.map((row) => (row[n] as string).length)))
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] as number))
      .join('  ')
      .trimEnd(),
  )
}

const acts = {
  create: async (db: pg.Client, asked: Command & { act: 'create' }, terminal: Terminal) => {
    const { id, key, hash } = generateKey()
    const { name, scopes, expiresInHours } = asked
    const createdBy = terminal.user
    const kept = await keepKey(db, { id, hash, name, scopes, createdBy, expiresInHours })
    const end = kept.expires_at ? `until ${day(kept.expires_at)} UTC` : 'until it is revoked'
    terminal.say(`The key "${name}" (${id}) holds ${scopes.join(', ')} ${end}. It is shown once:`)
    terminal.print(key)
    return 0
  },
  list: async (db: pg.Client, _asked: Command, terminal: Terminal) => {
    const keys = await listKeys(db)
    for (const line of table([heads, ...keys.map(cellsOf)])) terminal.print(line)
    return 0
  },
  revoke: async (db: pg.Client, { id }: Command & { act: 'revoke' }, terminal: Terminal) => {
    const revoked = await revokeKey(db, id, terminal.user)
    if (!revoked) {
      terminal.say(`There is no key ${id}: npm run keys -- list shows those that there are.`)
      return 1
    }
    terminal.say(
      `The key "${revoked.name}" (${id}) is revoked since ${day(revoked.revoked_at)} UTC.`,
    )
    return 0
  },
}

const run = (db: pg.Client, command: Command, terminal: Terminal): Promise<number> => {
  if (command.act === 'create') return acts.create(db, command, terminal)
  return command.act === 'list'
    ? acts.list(db, command, terminal)
    : acts.revoke(db, command, terminal)
}

const isNotMigrated = (error: unknown) =>
  ['42P01', '3F000'].includes((error as { code?: string }).code ?? '')

/** Does what `args` say; gives the exit code: 0 done, 1 not done, 2 not understood. */
export const keysCommand = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    const command = readArguments(args)
    const connectionString = await terminal.url()
    const db = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
    await db.connect()
    return await run(db, command, terminal).finally(() => db.end())
  } catch (error) {
    if (isNotMigrated(error)) terminal.say('The database is not migrated: run npm run migrate.')
    else terminal.say(error instanceof Error && error.message ? error.message : String(error))
    if (!(error instanceof UsageError)) return 1
    terminal.say(`\n${usage}`)
    return 2
  }
}
