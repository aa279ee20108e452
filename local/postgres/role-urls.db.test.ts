import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logins, urlVariable } from '@vobee/database/roles'
import { connectOnce } from '@vobee/shared/data/client'
import { readDatabaseUrl, withLogin } from '@vobee/shared/data/database-url'
import { useDatabase } from '@vobee/testing/database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLocalSettings } from '../settings.ts'
import { listenUrlsOf, migrateForProcesses } from './role-urls.ts'

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

const start = (more: NodeJS.ProcessEnv = {}, said: string[] = []) => {
  const env = { DATA_DIR: folder, DATABASE_URL: db.ownerUrl, ...more }
  return migrateForProcesses(db.ownerUrl, readLocalSettings('/', env), (line) => said.push(line))
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

test('npm start names the URL of a role that does not work, and does not stop', async () => {
  const url = `postgres://${roleOf('gateway')}:chosen@127.0.0.1:1/name`
  const own = withLogin(db.ownerUrl, roleOf('waitlist'), 'chosen')
  const said: string[] = []
  await start({ WAITLIST_DATABASE_URL: own, GATEWAY_DATABASE_URL: url }, said)
  expect(said).toEqual([
    `GATEWAY_DATABASE_URL: cannot connect to the database name at 127.0.0.1:1 as ${roleOf('gateway')}: ` +
      'connect ECONNREFUSED 127.0.0.1:1; gateway tries again until it can',
  ])
})

test('services listen at the address of DATABASE_URL, also where a pooler has theirs', () => {
  const pooled = (role: string) => `postgres://${role}:secret@pooler:6432/app`
  const urls = {
    waitlist: pooled('w'),
    invites: pooled('i'),
    referrals: pooled('r'),
    'quality-gates': pooled('q'),
    gateway: pooled('g'),
  }
  const own = 'postgres://r:secret@replica:5432/app'
  const settings = readLocalSettings('/', { REFERRALS_LISTEN_DATABASE_URL: own })
  expect(listenUrlsOf('postgres://owner:x@db1:5432,db2:5432/app', urls, settings)).toEqual({
    waitlist: 'postgres://w:secret@db1:5432,db2:5432/app',
    invites: 'postgres://i:secret@db1:5432,db2:5432/app',
    referrals: own,
    'quality-gates': 'postgres://q:secret@db1:5432,db2:5432/app',
  })
})
