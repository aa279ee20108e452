// From an older major version of PostgreSQL to the embedded one.
import { createWriteStream, existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBackup } from '@vobee/database/backup/create'
import { checkBackup, restoreBackup } from '@vobee/database/backup/restore'
import { migrate } from '@vobee/database/migrate'
import { query, useNewDatabases } from '@vobee/database/testing/new-databases'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findPlace, type Place } from '../postgres/place.ts'
import { run } from '../postgres/programs.ts'
import { removePostgres, startPostgres } from '../postgres/server.ts'
import { findFreePort } from '../processes/ports.ts'

const root = '/usr/lib/postgresql'
const majors = existsSync(root) ? readdirSync(root).filter((name) => Number(name) < 18) : []
const old = majors.find((major) => existsSync(join(root, major, 'bin/initdb')))

const newDatabase = useNewDatabases(useDatabase())
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-major-'))
})
afterAll(async () => {
  await removePostgres(folder)
  await rm(folder, { recursive: true })
})

/** Starts a server of the older version on the data folder. */
const startOld = async (place: Place) => {
  const port = await findFreePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
  }
  const flags = Object.entries(settings).map(([name, value]) => `-c "${name}=${value}"`)
  const user = ['--username=orchestrator', '--auth=trust', '--encoding=UTF8', '--locale=C', '-N']
  expect(await run(place, 'initdb', ['-D', place.data, ...user])).toMatchObject({ code: 0 })
  const args = ['start', '-D', place.data, '-l', place.log, '-o', flags.join(' '), '--wait']
  expect(await run(place, 'pg_ctl', args)).toMatchObject({ code: 0 })
  return `postgres://orchestrator:any@127.0.0.1:${port}/postgres`
}

const start = (dataDir: string) =>
  startPostgres({ dataDir, port: 0, database: 'app', password: 'one password' })

test.skipIf(!old)('a backup of an older PostgreSQL is restored into the embedded one', async () => {
  const place = { ...(await findPlace(folder)), bin: join(root, old as string, 'bin') }
  const url = await startOld(place)
  await migrate(url)
  await query(url, `select waitlist.publish('waitlist.joined', '{"name": "Zoë \\\\ \\t"}')`)
  const file = join(folder, 'old.tar.gz')
  const options = { personKeySecret: PERSON_KEY_SECRET, target: createWriteStream(file) }
  const { postgres } = await createBackup({ ownerUrl: url, ...options })
  expect(Number.parseInt(postgres, 10)).toBe(Number(old))
  await run(place, 'pg_ctl', ['stop', '-D', place.data, '-m', 'fast', '--wait'])

  const manifest = await checkBackup(file, PERSON_KEY_SECRET)
  const restored = await newDatabase()
  await restoreBackup({ ownerUrl: restored, file, manifest, given: {}, say: () => {} })
  expect(await query(restored, 'select payload from waitlist.inbox')).toEqual([
    { payload: { name: 'Zoë \\ \t' } },
  ])
  await expect(start(folder)).rejects.toThrow(`is of PostgreSQL ${old}, and this version`)
})

test.each([
  ['older', '12', /Nothing was changed\..*npm run backup.*mv .*postgres-12.*npm run restore/s],
  ['newer', '99', /Nothing was changed\. Use the version/],
])(
  'starting with data of an %s version says what to do and changes nothing',
  async (_, major, says) => {
    const other = await mkdtemp(join(tmpdir(), 'vobee-major-'))
    onTestFinished(() => rm(other, { recursive: true }))
    const data = join(other, 'postgres', 'data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'PG_VERSION'), `${major}\n`)
    await expect(start(other)).rejects.toThrow(says)
    expect(readdirSync(other, { recursive: true }).toSorted()).toEqual([
      'postgres',
      'postgres/data',
      'postgres/data/PG_VERSION',
    ])
  },
)
