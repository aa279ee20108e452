import { expect, test } from 'vitest'
import { readLocalSettings } from './settings.ts'

test('without settings, the data is in .data and the ports are the documented ones', () => {
  expect(readLocalSettings('/project', {})).toMatchObject({
    ports: { gateway: 8000, waitlist: 5010, invites: 5011, referrals: 5012, 'quality-gates': 5013 },
    dataDir: '/project/.data',
    publicUrl: 'http://localhost:8000',
    databaseUrl: null,
  })
})

test('the public address uses the gateway’s port', () => {
  expect(readLocalSettings('/', { GATEWAY_PORT: '9000' }).publicUrl).toBe('http://localhost:9000')
})

test('every invalid setting is named in one error', () => {
  const env = { GATEWAY_PORT: 'http', INVITES_PORT: '70000', ADMIN_API_KEY: 'short', LOG_LEVEL: '' }
  const read = () => readLocalSettings('/', env)
  for (const name of ['GATEWAY_PORT', 'INVITES_PORT', 'ADMIN_API_KEY']) expect(read).toThrow(name)
  expect(read).not.toThrow('LOG_LEVEL')
  expect(read).toThrow('GATEWAY_PORT: must be a number')
})

test('the URL of a role needs a password, because migrating sets it', () => {
  const WAITLIST_DATABASE_URL = 'postgres://waitlist@host/db'
  expect(() => readLocalSettings('/', { WAITLIST_DATABASE_URL })).toThrow(
    'WAITLIST_DATABASE_URL: contains no password: add it, or set WAITLIST_DB_PASSWORD',
  )
  const env = { WAITLIST_DATABASE_URL, WAITLIST_DB_PASSWORD: 'secret' }
  expect(readLocalSettings('/', env).roleUrls).toEqual({
    WAITLIST_DATABASE_URL: 'postgres://waitlist:secret@host/db',
  })
})

test('two processes on one port are an error', () => {
  const env = { GATEWAY_PORT: '7000', REFERRALS_PORT: '7000' }
  expect(() => readLocalSettings('/', env)).toThrow('GATEWAY_PORT and REFERRALS_PORT are both 7000')
  const metrics = { METRICS_PORT: '5009' }
  expect(() => readLocalSettings('/', metrics)).toThrow(
    'WAITLIST_PORT and METRICS_PORT + 1 are both 5010',
  )
  expect(() => readLocalSettings('/', { METRICS_PORT: '70000' })).toThrow(
    /:\n {2}METRICS_PORT: must be at most 65531$/,
  )
})
