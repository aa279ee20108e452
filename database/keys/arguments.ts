// What `npm run keys` is told, and all that is wrong with it.
import { parseArgs } from 'node:util'
import { scopes } from '@vobee/shared/auth/scopes'

export const usage = `npm run keys -- create --name <name> --scopes <scope>[,<scope>…] [--expires <n>d|<n>h]
npm run keys -- list
npm run keys -- revoke <id>

Scopes: ${scopes.join(' ')}`

/** What was asked for is not a command; `message` says each fault in a line. */
export class UsageError extends Error {}

export type Command =
  | { act: 'create'; name: string; scopes: string[]; expiresInHours: number | null }
  | { act: 'list' }
  | { act: 'revoke'; id: string }

const HOURS = { h: 1, d: 24 }
const MAX_HOURS = 10 * 366 * 24

const hoursOf = (expires: string | undefined): number | null => {
  if (expires === undefined) return null
  const [, number, unit] = /^(\d{1,6})([hd])$/.exec(expires) ?? []
  return Number(number) * HOURS[unit as 'h' | 'd']
}

type Given = { name?: string; scopes?: string; expires?: string }

const createOf = ({ name = '', scopes: list = '', expires }: Given): Command => {
  const asked = [...new Set(list.split(',').map((scope) => scope.trim()))].filter(Boolean)
  const unknown = asked.filter((scope) => !(scopes as readonly string[]).includes(scope))
  const hours = hoursOf(expires)
  const faults = [
    !/^[^\p{C}]{1,100}$/u.test(name) && '--name must be 1 to 100 characters',
    name === 'env' && '--name env is the name of ADMIN_API_KEY',
    asked.length === 0 && '--scopes must name at least one scope',
    unknown.length > 0 && `--scopes: there is no ${unknown.join(', ')}`,
    hours !== null && !(hours >= 1 && hours <= MAX_HOURS) && '--expires must be 1h to 3660d',
  ].filter((fault) => fault !== false)
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return { act: 'create', name, scopes: asked, expiresInHours: hours }
}

const parse = (args: readonly string[]) => {
  const text = { type: 'string' } as const
  const options = { name: text, scopes: text, expires: text }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** @throws UsageError */
export const readArguments = (args: readonly string[]): Command => {
  const { values, positionals } = parse(args)
  const [act, id, ...rest] = positionals
  const isBare = Object.keys(values).length === 0
  if (act === 'create' && id === undefined) return createOf(values)
  if (act === 'list' && id === undefined && isBare) return { act }
  if (act === 'revoke' && id !== undefined && rest.length === 0 && isBare) return { act, id }
  throw new UsageError('Say create, list, or revoke and the id of one key.')
}
