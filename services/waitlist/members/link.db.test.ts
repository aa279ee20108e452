import { untilAccepted } from '@vobee/testing/busy'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const db = useDatabase()
// No server listens there: mails stay queued.
const away = { SMTP_URL: 'smtp://127.0.0.1:1' }

const start = (env: NodeJS.ProcessEnv = {}) =>
  buildApp(testSettings(WaitlistSettings, db.urls.waitlist, { ...away, ...env }))

let app: FastifyInstance

const isQueue = async (name: string) =>
  (await db.owner.query('select from waitlist_jobs.queue where name = $1', [name])).rowCount === 1

beforeAll(async () => {
  app = start({ LINKS_PER_ADDRESS: '1000' })
  await app.listen({ port: 0 })
  await vi.waitUntil(() => isQueue('mail').catch(() => false), { timeout: 20_000 })
})
afterAll(() => app.close())
beforeEach(async () => {
  await db.empty()
  await sendAll()
})

const join = (email: string) =>
  app.inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { email, use_case: 'to see', persona: 'other' },
  })
const ask = (email: unknown, address = '192.0.2.1', of = app) =>
  of.inject({
    method: 'POST',
    url: '/api/waitlist/link',
    // The test's own address is that of a trusted proxy.
    headers: { 'x-forwarded-for': address },
    payload: { email },
  })
/** The queued links, by the address of their entry. */
const queued = async (): Promise<string[]> => {
  const { rows } = await db.owner.query(
    `select entry.email from waitlist_jobs.job as job
     join waitlist.entries as entry on entry.id = (job.data ->> 'entry_id')::uuid
     where job.name = 'mail' and job.data ->> 'kind' = 'link' order by 1`,
  )
  return rows.map((row) => row.email)
}
/** Deletes the queued mails, as if all were sent. */
const sendAll = () => db.owner.query(`delete from waitlist_jobs.job`)

const answer = {
  status: 'success',
  message: 'If this address is on the list, a mail with a link is on its way.',
}

describe('requesting a link', () => {
  test('mails it to the address that joined, whatever its spelling now', async () => {
    await join('Ada.L@gmail.com')
    const reply = await ask('adal+other@googlemail.com')
    expect([reply.statusCode, reply.json()]).toEqual([202, answer])
    expect(await queued()).toEqual(['Ada.L@gmail.com'])
    const { rows } = await db.owner.query(`select * from waitlist_jobs.job where name = 'mail'`)
    expect(JSON.stringify(rows)).not.toMatch(/gmail|@/)
  })

  test('reveals nothing about the list: the same bytes, and no earlier', async () => {
    await join('ada@example.com')
    const known = await ask('ada@example.com')
    const begun = performance.now()
    const unknown = await ask('eve@example.com')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(24)
    expect([unknown.statusCode, unknown.body]).toEqual([known.statusCode, known.body])
    const headersOf = ({ headers }: typeof known) => Object.keys(headers).sort()
    expect(headersOf(unknown)).toEqual(headersOf(known))
    expect(await queued()).toEqual(['ada@example.com'])
  })

  test('mails a person three an hour, and drops more silently', async () => {
    await join('ada@example.com')
    await join('bob@example.com')
    const mailed: number[] = []
    for (let n = 0; n < 5; n++) {
      const reply = await ask(`ada+${n}@example.com`, `192.0.2.${n}`)
      expect([reply.statusCode, reply.json()]).toEqual([202, answer])
      mailed.push((await queued()).length)
      await sendAll()
    }
    expect(mailed).toEqual([1, 1, 1, 0, 0])
    await ask('bob@example.com')
    expect(await queued()).toEqual(['bob@example.com'])
    await db.owner.query(`update waitlist.mail_counts set since = since - interval '61 minutes'`)
    await ask('ada@example.com')
    expect(await queued()).toEqual(['ada@example.com', 'bob@example.com'])
  })

  test('64 times at once sends one mail', async () => {
    await join('ada@example.com')
    const replies = await Promise.all(
      Array.from({ length: 64 }, () => untilAccepted(() => ask('ada@example.com'))),
    )
    for (const reply of replies) expect([reply.statusCode, reply.json()]).toEqual([202, answer])
    expect(await queued()).toEqual(['ada@example.com'])
  })

  test('reports every error of the body', async () => {
    for (const email of [undefined, '', 'ada', 7]) {
      const reply = await ask(email)
      expect([reply.statusCode, reply.json().errors[0].path]).toEqual([400, 'email'])
    }
  })
})

describe('an address that requests too many links', () => {
  const limited = () => {
    const other = start({ LINKS_PER_ADDRESS: '5' })
    onTestFinished(() => other.close())
    return (address: string, n = 0) => ask(`n${n}@example.com`, address, other)
  }

  test('is rejected with a time to wait, whether the requested person is on the list or not', async () => {
    const of = limited()
    for (let n = 0; n < 5; n++) expect((await of('203.0.113.1', n)).statusCode).toBe(202)
    const reply = await of('203.0.113.1', 6)
    expect([reply.statusCode, reply.json().code]).toEqual([429, 'too_many_links'])
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(590)
    expect((await of('203.0.113.2')).statusCode).toBe(202)
  })

  test('counts as a /64, in any spelling', async () => {
    const of = limited()
    for (let n = 0; n < 5; n++) await of(`2001:db8:0:1::${n + 1}`)
    expect((await of('2001:DB8::1:ffff:0:0:9')).statusCode).toBe(429)
    expect((await of('2001:db8:0:2::1')).statusCode).toBe(202)
  })

  test('gains nothing with concurrent requests', async () => {
    const of = limited()
    const all = Array.from({ length: 64 }, (_, n) => of('203.0.113.3', n))
    const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 202)).toHaveLength(5)
  })
})

test('without mail, no reply promises one', async () => {
  const silent = start({ SMTP_URL: '' })
  onTestFinished(() => silent.close())
  await join('ada@example.com')
  const replies = await Promise.all(
    ['ada@example.com', 'eve@example.com'].map((email) => ask(email, '192.0.2.1', silent)),
  )
  for (const reply of replies)
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'mail_off'])
  expect(await queued()).toEqual([])
})
