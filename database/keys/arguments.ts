// The arguments of `npm run keys`.
import { parseArgs } from 'node:util'
import { scopes } from '@vobee/shared/auth/scopes'

export const usage = `npm run keys -- create --name <name> --scopes <scope>[,<scope>…] [--expires <n>d|<n>h]
npm run keys -- list
npm run keys -- revoke <id>

Scopes: ${scopes.join(' ')}`

/** The arguments are invalid. `message` has a line for each error. */
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
  const listed = [...new Set(list.split(',').map((scope) => scope.trim()))].filter(Boolean)
  const unknown = listed.filter((scope) => !(scopes as readonly string[]).includes(scope))
  const hours = hoursOf(expires)
  const errors = [
    !/^[^\p{C}]{1,100}$/u.test(name) && '--name must be 1 to 100 characters',
    /\S@\S/.test(name) && '--name must not contain an e-mail address: it stays in the audit log',
    name === 'env' && '--name env is the name of ADMIN_API_KEY',
    listed.length === 0 && '--scopes must name at least one scope',
    unknown.length > 0 && `--scopes: there is no ${unknown.join(', ')}`,
    hours !== null && !(hours >= 1 && hours <= MAX_HOURS) && '--expires must be 1h to 3660d',
  ].filter((error) => error !== false)
  if (errors.length > 0) throw new UsageError(errors.join('\n'))
  return { act: 'create', name, scopes: listed, expiresInHours: hours }
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
  throw new UsageError('Use create, list, or revoke with the id of a key.')
}
