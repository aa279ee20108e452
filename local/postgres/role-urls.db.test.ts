import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logins, urlVariable } from '@vobee/database/roles'
import { connectOnce } from '@vobee/shared/data/client'
import { readDatabaseUrl, withLogin } from '@vobee/shared/data/database-url'
import { useDatabase } from '@vobee/testing/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLocalSettings } from '../settings.ts'
import { migrateForProcesses } from './role-urls.ts'

const db = useDatabase()
let folder = ''
// Their names are not those of the other test files, which share the server.
const roleOf = (login: string) => `${readDatabaseUrl(db.ownerUrl).database}_${login}`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-roles-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  for (const login of logins) {
    const role = roleOf(login.replaceAll('-', '_'))
    await db.owner.query(`drop owned by ${role}; drop role ${role}`)
  }
})

const start = (more: NodeJS.ProcessEnv = {}) => {
  const env = { DATA_DIR: folder, DATABASE_URL: db.ownerUrl, ...more }
  return migrateForProcesses(db.ownerUrl, readLocalSettings('/', env), () => {})
}

const logIn = async (url: string) => (await connectOnce(url)).end()

test('on your own server, npm start names each role whose password it does not know', async () => {
  const urls = await start()
  for (const login of logins) await logIn(urls[login])
  const chosen = withLogin(db.ownerUrl, roleOf('waitlist'), 'chosen')
  expect((await start({ WAITLIST_DATABASE_URL: chosen })).waitlist).toBe(chosen)
  const error = await start().catch((reason) => reason)
  expect(error.message).toMatch(/^Settings are .*:\n {2}WAITLIST_DATABASE_URL: is not set, and/)
  expect(error.message).not.toContain(urlVariable('invites'))
  await logIn(chosen)
})
