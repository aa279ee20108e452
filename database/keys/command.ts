// `npm run keys`: creates, lists and revokes API keys. A key is shown once; only its hash is stored.
import { userInfo } from 'node:os'
import { generateKey } from '@vobee/shared/auth/keys'
import { connectOnce } from '@vobee/shared/data/client'
import type pg from 'pg'
import { type Command, readArguments, UsageError, usage } from './arguments.ts'
import { insertKey, type ListedKey, listKeys, revokeKey } from './queries.ts'

/** Returns the name of the current user, or its id if it has no name, as in some containers. */
export const currentUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}

export type Terminal = {
  /** Returns the owner's URL. Called only if the arguments are valid. */
  url: () => Promise<string>
  /** For `created_by` and `revoked_by`. */
  user: string
  /** Writes to standard output: only the result. */
  print: (line: string) => void
  /** Writes to standard error. */
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

const commands = {
  create: async (db: pg.Client, command: Command & { act: 'create' }, terminal: Terminal) => {
    const { id, key, hash } = generateKey()
    const { name, scopes, expiresInHours } = command
    const createdBy = terminal.user
    const stored = await insertKey(db, { id, hash, name, scopes, createdBy, expiresInHours })
    const end = stored.expires_at ? `until ${day(stored.expires_at)} UTC` : 'until it is revoked'
    terminal.say(`The key "${name}" (${id}) has ${scopes.join(', ')} ${end}. It is shown once:`)
    terminal.print(key)
    return 0
  },
  list: async (db: pg.Client, _command: Command, terminal: Terminal) => {
    const keys = await listKeys(db)
    for (const line of table([heads, ...keys.map(cellsOf)])) terminal.print(line)
    return 0
  },
  revoke: async (db: pg.Client, { id }: Command & { act: 'revoke' }, terminal: Terminal) => {
    const revoked = await revokeKey(db, id, terminal.user)
    if (!revoked) {
      terminal.say(`There is no key ${id}. To see all keys: npm run keys -- list`)
      return 1
    }
    terminal.say(`The key "${revoked.name}" (${id}) was revoked at ${day(revoked.revoked_at)} UTC.`)
    return 0
  },
}

const run = (db: pg.Client, command: Command, terminal: Terminal): Promise<number> => {
  if (command.act === 'create') return commands.create(db, command, terminal)
  return command.act === 'list'
    ? commands.list(db, command, terminal)
    : commands.revoke(db, command, terminal)
}

const isNotMigrated = (error: unknown) =>
  ['42P01', '3F000'].includes((error as { code?: string }).code ?? '')

/** Runs a command. Returns the exit code: 0 success, 1 failure, 2 invalid arguments. */
export const keysCommand = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    const command = readArguments(args)
    const db = await connectOnce(await terminal.url())
    return await run(db, command, terminal).finally(() => db.end())
  } catch (error) {
    if (isNotMigrated(error)) terminal.say('The database is not migrated: run npm run migrate.')
    else terminal.say(error instanceof Error && error.message ? error.message : String(error))
    if (!(error instanceof UsageError)) return 1
    terminal.say(`\n${usage}`)
    return 2
  }
}
