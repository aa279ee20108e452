import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  list,
  processSettings,
  readSettings,
  SettingsError,
  secret,
  toggle,
  withOwnDatabase,
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

test('a switch accepts true, false, on and off', () => {
  expect(readSettings({ S: toggle(true) }, { S: 'off' }).S).toBe(false)
  expect(readSettings({ S: toggle(false) }, { S: 'true' }).S).toBe(true)
  expect(readSettings({ S: toggle(false) }, {}).S).toBe(false)
})

test("a service's own URL takes precedence over DATABASE_URL", () => {
  const both = { DATABASE_URL: 'common', WAITLIST_DATABASE_URL: 'own' }
  expect(withOwnDatabase(both, 'WAITLIST_DATABASE_URL').DATABASE_URL).toBe('own')
  const one = { DATABASE_URL: 'common' }
  expect(withOwnDatabase(one, 'WAITLIST_DATABASE_URL').DATABASE_URL).toBe('common')
})
