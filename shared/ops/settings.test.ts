import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import {
  databaseSettings,
  databaseUrl,
  list,
  port,
  processSettings,
  readSettings,
  SettingsError,
  secret,
  toggle,
} from './settings.ts'

const shape = { KEY: secret, COUNT: z.coerce.number().int().default(3), HOSTS: list('a, b') }

test('all errors are reported at once, by name', () => {
  const read = () => readSettings(shape, { COUNT: 'many' })
  expect(read).toThrow(SettingsError)
  expect(read).toThrow(/KEY: is not set[\s\S]*COUNT: /)
})

test("the admin's key fits in a header and does not look like a token", () => {
  const fault = (ADMIN_API_KEY: string) => () => readSettings(processSettings(0), { ADMIN_API_KEY })
  const good = 'a.key~of-32 characters or more'.replaceAll(' ', '_').padEnd(40, '.')
  expect(fault(good)().ADMIN_API_KEY).toBe(good)
  expect(fault(`${'a'.repeat(40)} b`)).toThrow('visible ASCII')
  expect(fault(`eyJhbGciOi.${'a'.repeat(40)}.b-_`)).toThrow('format of a JWT')
})

test('a variable that is missing or empty has its default', () => {
  const settings = readSettings(shape, { KEY: 'k'.repeat(32), COUNT: '' })
  expect(settings).toMatchObject({ COUNT: 3, HOSTS: ['a', 'b'] })
})

test('the URL of a database may name several hosts; another scheme is rejected by name', () => {
  const read = (DATABASE_URL: string) => readSettings(databaseSettings, { DATABASE_URL })
  const several = 'postgres://user:secret@one.example:5432,two.example:5433/app'
  expect(read(several).DATABASE_URL).toBe(several)
  expect(() => read('mysql://user@one.example/app')).toThrow(/DATABASE_URL: must be a URL such as/)
  expect(() => read('postgres://user@one.example:port/app')).toThrow(/DATABASE_URL: must be a URL/)
})

test('a switch accepts true, false, on and off', () => {
  expect(readSettings({ S: toggle(true) }, { S: 'off' }).S).toBe(false)
  expect(readSettings({ S: toggle(false) }, { S: 'true' }).S).toBe(true)
  expect(readSettings({ S: toggle(false) }, {}).S).toBe(false)
})

const errorsOf = (shape: z.ZodRawShape, env: Record<string, string>, own?: string) => {
  try {
    readSettings(shape, env, own)
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
  return []
}

test('an error says in plain words what a setting must be', () => {
  expect(errorsOf({ PORT: port }, { PORT: 'http' })).toEqual(['  PORT: must be a number'])
  expect(errorsOf({ PORT: port }, { PORT: '70000' })).toEqual(['  PORT: must be at most 65535'])
  expect(errorsOf({ URL: databaseUrl }, { URL: 'localhost:5432' })).toEqual([
    '  URL: must be a URL such as postgres://user:password@host:5432/database',
  ])
})

test("a service's own URL takes precedence over DATABASE_URL, and errors name the one that is set", () => {
  const shape = { DATABASE_URL: databaseUrl }
  const [owner, own] = ['postgres://owner/db', 'postgres://own/db']
  const both = { DATABASE_URL: owner, WAITLIST_DATABASE_URL: own }
  expect(readSettings(shape, both, 'WAITLIST').DATABASE_URL).toBe(own)
  const one = { DATABASE_URL: owner, WAITLIST_DATABASE_URL: '' }
  expect(readSettings(shape, one, 'WAITLIST').DATABASE_URL).toBe(owner)
  const nameOf = (env: Record<string, string>) =>
    errorsOf(shape, env, 'WAITLIST').map((line) => line.split(':')[0])
  expect(nameOf({ ...both, WAITLIST_DATABASE_URL: 'wrong' })).toEqual(['  WAITLIST_DATABASE_URL'])
  expect(nameOf({ DATABASE_URL: 'wrong' })).toEqual(['  DATABASE_URL'])
  expect(nameOf({})).toEqual(['  WAITLIST_DATABASE_URL or DATABASE_URL'])
})

const makeFile = (content: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'vobee-settings-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secret'), content)
  return join(folder, 'secret')
}

test('a secret can come from a file', () => {
  const shape = { API_KEY: secret.optional(), DATABASE_URL: databaseUrl.optional() }
  const key = 'k'.repeat(32)
  const env = { API_KEY_FILE: makeFile(`${key}\n`), DATABASE_URL_FILE: makeFile('postgres://h/db') }
  expect(readSettings(shape, env)).toEqual({ API_KEY: key, DATABASE_URL: 'postgres://h/db' })
  const path = makeFile('short')
  expect(errorsOf(shape, { API_KEY_FILE: path })).toEqual([
    '  API_KEY_FILE: must have at least 32 characters',
  ])
  expect(errorsOf(shape, { API_KEY_FILE: path, API_KEY: key })).toEqual([
    '  API_KEY_FILE: set either it or API_KEY',
  ])
  expect(errorsOf({ COUNT: z.string() }, { COUNT_FILE: path })).toEqual(['  COUNT: is not set'])
})

test('a file that is empty or cannot be read is named with its variable', () => {
  const [empty, missing] = [makeFile(' \n'), '/nowhere/secret']
  const errors = errorsOf(
    { A_SECRET: secret, B_SECRET: secret.optional() },
    { A_SECRET_FILE: empty, B_SECRET_FILE: missing },
  )
  expect(errors).toEqual([
    `  A_SECRET_FILE: the file ${empty} is empty`,
    `  B_SECRET_FILE: the file ${missing} cannot be read (ENOENT)`,
  ])
})

test('the password of a URL can be a setting of its own', () => {
  const shape = { DATABASE_URL: databaseUrl }
  const url = 'postgres://ada@host/db'
  const read = (env: Record<string, string>) => readSettings(shape, env, 'WAITLIST').DATABASE_URL
  const password = 'p@ss/w$&rd'
  expect(read({ WAITLIST_DATABASE_URL: url, WAITLIST_DB_PASSWORD: password })).toBe(
    'postgres://ada:p%40ss%2Fw%24%26rd@host/db',
  )
  const file = makeFile(password)
  expect(read({ DATABASE_URL: url, POSTGRES_PASSWORD_FILE: file })).toContain(':p%40ss')
  const own = 'postgres://ada:own@host/db'
  expect(read({ DATABASE_URL: own, POSTGRES_PASSWORD: password })).toBe(own)
  expect(read({ DATABASE_URL: url })).toBe(url)
  const direct = { WAITLIST_LISTEN_DATABASE_URL: url, WAITLIST_DB_PASSWORD: password }
  const listen = { LISTEN_DATABASE_URL: databaseUrl }
  expect(readSettings(listen, direct, 'WAITLIST').LISTEN_DATABASE_URL).toContain(':p%40ss')
})
