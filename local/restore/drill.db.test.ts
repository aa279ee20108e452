// A drill: a system in use is backed up, lost, and restored into a new database.
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { backupCommand } from '@vobee/database/backup/command'
import { erasedCommand } from '@vobee/database/backup/erased-command'
import { roleUrl } from '@vobee/database/roles'
import * as invites from '@vobee/invites'
import * as referrals from '@vobee/referrals'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { useMailbox } from '@vobee/testing/mailbox'
import { asMember } from '@vobee/testing/members'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import * as waitlist from '@vobee/waitlist'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { restoreCommand } from './command.ts'

type App = ReturnType<typeof waitlist.buildApp>

const db = useDatabase()
const mailbox = useMailbox()
const name = `vobee_restored_${process.pid}`
const personKey = personKeys(PERSON_KEY_SECRET)
const apps: App[] = []
let folder: string
let newUrl: string

const terminal = (url: string, secret = PERSON_KEY_SECRET) => {
  const [printed, said]: [string[], string[]] = [[], []]
  return {
    printed,
    said,
    open: async () => ({ url, close: async () => {} }),
    personKeySecret: async () => secret,
    given: () => ({}),
    folder,
    stdout: new PassThrough(),
    print: (line: string) => printed.push(line),
    say: (line: string) => said.push(line),
  }
}

type Services = Record<'waitlist' | 'invites' | 'referrals', App>

const start = async (urls: Record<keyof Services, string>, smtpUrl: string): Promise<Services> => {
  const mail = { SMTP_URL: smtpUrl, PUBLIC_URL: 'https://vobee.example' }
  const services = {
    waitlist: waitlist.buildApp(testSettings(waitlist.Settings, urls.waitlist, mail)),
    invites: invites.buildApp(testSettings(invites.Settings, urls.invites)),
    referrals: referrals.buildApp(testSettings(referrals.Settings, urls.referrals)),
  }
  apps.push(...Object.values(services))
  return services
}

const joinAs = (app: App, email: string) =>
  app.inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { email, use_case: 'to see', persona: 'other' },
  })

const post = (app: App, url: string, payload: object, headers: object = asAdmin) =>
  app.inject({ method: 'POST', url, payload, headers: headers as Record<string, string> })

const query = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return (await client.query(text).finally(() => client.end())).rows
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-backup-'))
  newUrl = Object.assign(new URL(db.ownerUrl), { pathname: `/${name}` }).href
  await db.owner.query(`create database ${name}`)
})

afterAll(async () => {
  for (const app of apps) await app.close()
  await db.owner.query(`drop database if exists ${name} with (force)`)
  const roles = await db.owner.query('select rolname from pg_roles where rolname like $1', [
    `${name}_%`,
  ])
  for (const { rolname } of roles.rows) await db.owner.query(`drop role ${rolname}`)
  await rm(folder, { recursive: true })
})

describe('a system that is backed up while people join', () => {
  let file: string
  let codes: string[]
  let reservation: string
  const before = Array.from({ length: 20 }, (_, n) => `n${n}@example.com`)

  beforeAll(async () => {
    // Nothing consumes the events, and the mail server is unavailable: everything waits.
    const services = await start(db.urls, 'smtp://127.0.0.1:1')
    await services.waitlist.listen({ port: 0 })
    const hasQueue = `select from waitlist_jobs.queue where name = 'mail'`
    await vi.waitUntil(async () => (await db.owner.query(hasQueue)).rowCount === 1, 20_000)
    for (const email of before)
      expect((await joinAs(services.waitlist, email)).statusCode).toBe(201)
    const waiting = `select from waitlist_jobs.job where name = 'mail' and state <= 'active'`
    await vi.waitUntil(
      async () => (await db.owner.query(waiting)).rowCount === before.length,
      20_000,
    )
    const batch = await post(services.invites, '/api/invites/generate', { batch_size: 3 })
    codes = batch.json().codes
    const reserve = { code: codes[1], email: 'ada@example.com' }
    const reserved = await post(services.invites, '/api/invites/reserve', reserve)
    reservation = reserved.json().reservation_id

    let joins = 0
    let isBackedUp = false
    const load = async () => {
      while (!isBackedUp) await joinAs(services.waitlist, `l${joins++}@example.com`)
    }
    const loads = [load(), load(), load()]
    const out = terminal(db.ownerUrl)
    const code = await backupCommand(['--out', join(folder, 'drill.tar.gz')], out)
    isBackedUp = true
    await Promise.all(loads)
    expect([code, out.said]).toEqual([0, [expect.stringMatching(/^Backed up [\d,]+ rows of/)]])
    expect(joins).toBeGreaterThan(3)
    file = out.printed[0] as string
  })

  test('leaves one file that only its user can read', async () => {
    expect(await readdir(folder)).toEqual(['drill.tar.gz'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('is restored with everything that was acknowledged, and continues', async () => {
    const services = apps.slice(0, 3)
    const erased = await services[0]?.inject({
      method: 'DELETE',
      url: '/api/waitlist/me',
      headers: asMember('n7@example.com'),
    })
    expect(erased?.statusCode).toBe(200)
    const list = terminal(db.ownerUrl)
    expect(await erasedCommand(['--since', '1h'], list)).toBe(0)
    expect(list.printed).toHaveLength(1)
    expect(list.printed[0]).not.toMatch(new RegExp(`example|${personKey('n7@example.com')}`))
    await writeFile(join(folder, 'erased'), `${list.printed.join('\n')}\n`)
    for (const app of apps.splice(0)) await app.close()

    const out = terminal(newUrl)
    const code = await restoreCommand([file, '--erased', join(folder, 'erased')], out)
    expect([code, out.said.slice(-3)]).toEqual([
      0,
      [
        'Erased again: 1 of 1 in the list.',
        'Checking the consistency …',
        'The restored database is consistent.',
      ],
    ])
    expect(out.printed.join('\n')).toMatch(/waitlist +positions .* ok\n/)

    const urls = {
      waitlist: roleUrl(newUrl, 'waitlist'),
      invites: roleUrl(newUrl, 'invites'),
      referrals: roleUrl(newUrl, 'referrals'),
    }
    const restored = await start(urls, mailbox.url)
    for (const app of Object.values(restored)) await app.listen({ port: 0 })
    const people = (await query(newUrl, 'select email from waitlist.entries')).map(
      ({ email }) => email,
    )
    expect(people).toEqual(
      expect.arrayContaining(before.filter((email) => email !== 'n7@example.com')),
    )
    expect(people).not.toContain('n7@example.com')

    for (const email of people) expect(await mailbox.arrived(email)).toHaveLength(1)
    expect(mailbox.to('n7@example.com')).toEqual([])
    const redeem = (code: string | undefined, email: string) =>
      post(restored.invites, '/api/invites/redeem', { code, email }, {})
    expect((await redeem(codes[0], 'bob@example.com')).statusCode).toBe(200)
    expect((await redeem(codes[1], 'bob@example.com')).statusCode).not.toBe(200)
    const confirm = await post(
      restored.invites,
      `/api/invites/reservations/${reservation}/confirm`,
      {},
    )
    expect(confirm.statusCode).toBe(200)
    await expect.poll(() => query(newUrl, 'select from referrals.inbox')).toEqual([])
    const members = await query(newUrl, 'select person from referrals.members')
    const persons = members.map(({ person }) => person)
    expect(persons).toEqual(expect.arrayContaining([personKey('n1@example.com')]))
    expect(persons).not.toContain(personKey('n7@example.com'))
    expect((await joinAs(restored.waitlist, 'new@example.com')).statusCode).toBe(201)
    for (const [service, app] of Object.entries(restored)) {
      const status = await app.inject({ url: `/api/${service}/status?audit=1`, headers: asAdmin })
      expect(status.json().audit.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
    }
  })
})
