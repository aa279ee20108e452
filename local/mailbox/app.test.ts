// The mailbox of `npm start`, over SMTP and HTTP.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMailer } from '@vobee/shared/mail'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findFreePort } from '../processes/ports.ts'
import { buildMailbox } from './app.ts'
import { openStore } from './store.ts'

let folder = ''
let smtpPort = 0
let app: Awaited<ReturnType<typeof buildMailbox>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-mailbox-'))
  smtpPort = await findFreePort()
  app = await buildMailbox({ smtpPort, folder })
})
afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const send = async (id: string, subject: string, html = '<p>hello</p>') => {
  const mailer = openMailer(`smtp://127.0.0.1:${smtpPort}`, 'VoBee <no-reply@localhost>')
  const text = 'Press here: http://localhost:8000/me#token=abc <b>\n'
  const mail = { id, to: 'ada@example.com', subject, text, html, headers: {} }
  expect(await mailer.send(mail)).toEqual({ outcome: 'sent' })
  mailer.close()
}

const list = async (query = '') => (await app.inject(`/api/mails${query}`)).json().mails

test('lists the mails, newest first, each mail once', async () => {
  await send('one', 'First')
  await send('two', 'Second <i>')
  await send('one', 'First')
  const mails = await list()
  expect(mails.map(({ subject }: { subject: string }) => subject)).toEqual(['Second <i>', 'First'])
  expect(await list('?to=ADA@example.com')).toHaveLength(2)
  expect(await list('?to=bob@example.com')).toEqual([])
  expect(await list('?to=ada@example.com&to=bob@example.com')).toHaveLength(2)
  const page = await app.inject('/')
  expect(page.headers['content-type']).toContain('text/html')
  expect(page.body).toContain('Second &lt;i&gt;')
  expect(page.body.indexOf('Second')).toBeLessThan(page.body.indexOf('First'))
})

test('shows a mail: its text with links, its HTML in a frame without scripts', async () => {
  await send('one', 'First', '<a href="http://localhost:8000/x">go</a><script>alert(1)</script>')
  const [{ id }] = await list()
  const page = await app.inject(`/mails/${id}`)
  expect(page.body).toContain('<a href="http://localhost:8000/me#token=abc" target="_blank"')
  expect(page.body).toContain('&lt;b&gt;')
  expect(page.body).toContain('From VoBee &lt;no-reply<wbr>@localhost&gt; to ada<wbr>@example.com')
  expect(page.body).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"')
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'self'/)
  expect(page.body).not.toContain('<script')
  const inner = await app.inject(`/mails/${id}/html`)
  expect(inner.body).toContain('<base target="_blank"><a href="http://localhost:8000/x">go</a>')
  expect(inner.headers['content-security-policy']).toMatch(
    /^sandbox allow-popups.*default-src 'none'/,
  )
  expect((await app.inject('/mails/0000000000000000')).statusCode).toBe(404)
})

test('still has its mails after a restart', async () => {
  await send('one', 'First')
  const [mail] = await list()
  await app.close()
  app = await buildMailbox({ smtpPort, folder })
  expect(await list()).toEqual([mail])
  expect((await app.inject(`/api/mails/${mail.id}`)).json()).toMatchObject({
    ...mail,
    from: 'VoBee <no-reply@localhost>',
    text: expect.stringContaining('Press here'),
  })
  await send('one', 'First')
  expect((await readdir(folder)).filter((name) => name.endsWith('.eml'))).toHaveLength(1)
})

test('reads a mail again whose summary is missing', async () => {
  await send('one', 'First')
  const before = await list()
  await app.close()
  await writeFile(join(folder, 'summaries.jsonl'), '{"id": "cut o')
  app = await buildMailbox({ smtpPort, folder })
  expect(await list()).toEqual(before)
})

test('lists a mail by its headers, and reads its parts when it is opened', async () => {
  const store = await openStore(folder)
  const head = `Message-ID:\r\n <1@x>\r\nTo: Ada <a@x.example>,\r\n\tb@x.example\r\n`
  const subject = 'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_M=C3=BC?=\r\n =?UTF-8?Q?nchen?=\r\n'
  const raw = (text: string) => Buffer.from(`${head}${subject}\r\nTo: not a header\r\n${text}`)
  await store.store(raw('First'))
  await store.store(raw('Again'))
  const [mail, ...others] = store.list()
  expect(mail).toMatchObject({ to: 'a@x.example, b@x.example', subject: 'Grüße aus München' })
  expect(others).toEqual([])
  expect((await store.read(mail?.id as string))?.text).toContain('First')
})

const mailOf = (n: number) =>
  Buffer.from(`Message-ID: <${n}@x>\r\nTo: a${n}@example.com\r\nSubject: No. ${n}\r\n\r\nText`)

test('keeps the newest mails and deletes the others', async () => {
  const store = await openStore(folder, 5)
  for (let n = 1; n <= 12; n++) await store.store(mailOf(n))
  const subjects = (mails: { subject: string }[]) => mails.map(({ subject }) => subject)
  const newest = ['No. 12', 'No. 11', 'No. 10', 'No. 9', 'No. 8']
  expect(subjects(store.list())).toEqual(newest)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.eml'))
  expect(files).toHaveLength(5)
  expect((await openStore(folder)).list()).toEqual(store.list())
})

test('shows 100 mails on a page', async () => {
  await app.close()
  const store = await openStore(folder)
  for (let n = 1; n <= 101; n++) await store.store(mailOf(n))
  app = await buildMailbox({ smtpPort, folder })
  const first = (await app.inject('/')).body
  expect(first).toContain('Mails 1 to 100 of 101.')
  const older = /href="(\/\?before=\w+)">Older/.exec(first)?.[1] ?? ''
  const second = (await app.inject(older)).body
  expect(second).toContain('Mails 101 to 101 of 101.')
  expect(second).not.toContain('Older')
})

test('rejects requests with another host name', async () => {
  const headers = { host: 'evil.example:8025' }
  expect((await app.inject({ url: '/api/mails', headers })).statusCode).toBe(403)
  expect((await app.inject({ url: '/', headers })).statusCode).toBe(403)
  for (const host of ['localhost:8025', '127.0.0.1:8025', '[::1]:8025']) {
    expect((await app.inject({ url: '/', headers: { host } })).statusCode).toBe(200)
  }
})
