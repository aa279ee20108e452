import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { ADMIN_KEY, asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { environmentKey, identifyBy, key, visitor } from '../auth/callers.ts'
import { memberSettings } from '../auth/member-settings.ts'
import { transaction } from '../data/database.ts'
import { sql } from '../data/sql.ts'
import { route } from '../http/route.ts'
import { createService } from '../service.ts'
import { deleteOldAudit } from './audit-retention.ts'
import { type Action, type Audit, auditOf, logAction, logActions } from './audit-trail.ts'
import { databaseSettings, processSettings } from './settings.ts'

const db = useDatabase()
const asReader = { authorization: 'Bearer a-reader-key-of-at-least-32-characters' }
const asOperator = { authorization: 'Bearer an-operator-key-of-at-least-32-chars' }
let app: FastifyInstance

const identify = identifyBy([
  environmentKey(ADMIN_KEY),
  { id: 'r1', name: 'reader', secret: asReader.authorization.slice(7), scopes: ['invites:read'] },
  { id: 'o1', name: 'operator', secret: asOperator.authorization.slice(7), scopes: ['ops:read'] },
])

beforeAll(() => {
  const settings = testSettings(
    { ...processSettings(0), ...databaseSettings, ...memberSettings },
    db.urls.invites,
  )
  const service = {
    schema: 'invites',
    name: 'invites',
    prefix: '/api/invites',
    folder: `${import.meta.dirname}/../../services/invites`,
  } as const
  app = createService(service, settings, { identify })
  for (const [url, auth] of [
    ['/act', key('invites:read')],
    ['/visit', visitor],
  ] as const) {
    route(
      app,
      {
        method: 'POST',
        url,
        operationId: 'test',
        summary: 'x',
        auth,
        replies: [200, z.object({})],
      },
      async (input) => {
        const audit = auditOf(input, 'because')
        await logAction(app.database, 'invites', audit, { act: 'things.done', subject: '7' })
        return {}
      },
    )
  }
})
afterAll(() => app.close())
beforeEach(db.empty)

const by = (actor: string): Audit => ({
  actor,
  key_id: `${actor} id`,
  address: '203.0.113.9',
  request_id: 'request-1',
  reason: null,
})

const write = async (acts: [actor: string, act: string, subject: string][]) => {
  for (const [actor, act, subject] of acts) {
    await logAction(app.database, 'invites', by(actor), { act, subject })
  }
}

const read = (query = '', headers: Record<string, string> = asOperator) =>
  app.inject({ url: `/api/invites/audit${query}`, headers })

const subjects = async (query: string) =>
  (await read(query)).json().acts.map((act: { subject: string }) => act.subject)

test('an action is logged with who, what, on what, why, when, from where and the request id', async () => {
  await app.inject({
    method: 'POST',
    url: '/act',
    headers: { ...asReader, 'x-request-id': 'request-77' },
    remoteAddress: '198.51.100.7',
  })
  expect((await read()).json()).toEqual({
    acts: [
      {
        id: 1,
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        actor: 'reader',
        key_id: 'r1',
        act: 'things.done',
        subject: '7',
        reason: 'because',
        address: '198.51.100.7',
        request_id: 'request-77',
        details: {},
      },
    ],
    next: null,
  })
})

test('the actions of visitors are not logged', async () => {
  expect((await app.inject({ method: 'POST', url: '/visit' })).statusCode).toBe(200)
  expect((await read()).json().acts).toEqual([])
})

test('an action that is rolled back leaves no row', async () => {
  const undone = transaction(app.database, async (connection) => {
    await logAction(connection, 'invites', by('a'), { act: 'things.done', subject: '1' })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect((await read()).json().acts).toEqual([])
})

test('one statement logs each of its actions, and none without a key', async () => {
  const actions = sql`
    select 'things.done', n::text, jsonb_build_object('n', n) from generate_series(1, 3) as n`
  const statement = (audit: Audit) =>
    sql`with logged as (${logActions('invites', audit, actions)}) select 1`
  await app.database.query(statement(by('a')))
  await app.database.query(statement(null))
  const { acts: written } = (await read()).json()
  expect(written.map((act: { details: object }) => act.details)).toEqual([
    { n: 3 },
    { n: 2 },
    { n: 1 },
  ])
})

test('the service can neither change nor delete a row', async () => {
  await write([['a', 'things.done', '1']])
  for (const change of ['update invites.audit set actor = $1', 'delete from invites.audit']) {
    const values = change.startsWith('update') ? ['b'] : []
    await expect(app.database.query(change, values)).rejects.toThrow('audit is append-only')
  }
})

test('rows older than AUDIT_DAYS are deleted in chunks, and nothing deletes newer ones', async () => {
  await write(['1', '2', '3'].map((subject) => ['a', 'things.done', subject]))
  await db.owner.query(`
    alter table invites.audit disable trigger audit_is_append_only;
    update invites.audit set at = now() - interval '101 days' where subject <> '3';
    alter table invites.audit enable trigger audit_is_append_only`)
  const remaining = async () => (await read()).json().acts.map(({ subject }: Action) => subject)
  expect(await deleteOldAudit(app.database, 'invites', { days: null })).toBe(0)
  expect(await deleteOldAudit(app.database, 'invites', { days: 100, chunk: 1 })).toBe(2)
  expect(await remaining()).toEqual(['3'])
  const tooNew = deleteOldAudit(app.database, 'invites', { days: 0 })
  await expect(tooNew).rejects.toThrow('audit is append-only')
  expect(await remaining()).toEqual(['3'])
})

test('erasing a person can change the free text of a row and nothing else', async () => {
  await write([['a', 'things.done', '1']])
  const change = (set: string) =>
    transaction(app.database, async (connection) => {
      await connection.query(`set local vobee.erasing = 'on'`)
      await connection.query(`update invites.audit set ${set}`)
    })
  for (const set of [`actor = 'b'`, `subject = '2'`, 'at = now()', `reason = 'x', act = 'y'`]) {
    await expect(change(set)).rejects.toThrow('audit is append-only')
  }
  await change(`reason = 'words', details = '{"n": 1}'`)
  const [act] = (await read()).json().acts
  expect(act).toMatchObject({ actor: 'a', subject: '1', reason: 'words', details: { n: 1 } })
  const gone = transaction(app.database, async (connection) => {
    await connection.query(`set local vobee.erasing = 'on'`)
    await connection.query('delete from invites.audit')
  })
  await expect(gone).rejects.toThrow('audit is append-only')
})

describe('a denied action', () => {
  const deniedRows = async () => (await read('?act=denied', asAdmin)).json().acts

  test('leaves one row that names the key, the route and the request', async () => {
    const headers = { ...asReader, 'x-request-id': 'request-78' }
    const ask = { url: '/api/invites/audit?actor=ada', headers, remoteAddress: '198.51.100.7' }
    for (let n = 0; n < 3; n++) expect((await app.inject(ask)).statusCode).toBe(403)
    await expect.poll(deniedRows).toHaveLength(1)
    expect((await deniedRows())[0]).toMatchObject({
      actor: 'reader',
      key_id: 'r1',
      act: 'denied',
      subject: 'GET /api/invites/audit',
      address: '198.51.100.7',
      request_id: 'request-78',
      reason: null,
      details: { scope: 'ops:read', unlogged: 0 },
    })
  })

  test('of a member leaves one row that does not say whose it is', async () => {
    for (const name of ['ada', 'bob']) {
      const headers = asMember(`${name}@example.com`)
      expect((await app.inject({ method: 'POST', url: '/act', headers })).statusCode).toBe(403)
    }
    await expect.poll(deniedRows).toHaveLength(1)
    const [row] = await deniedRows()
    expect(row).toMatchObject({ actor: 'member', key_id: '', subject: 'POST /act' })
    expect(JSON.stringify(row)).not.toContain('example.com')
  })

  test('without a valid credential leaves none', async () => {
    for (const headers of [{}, { authorization: 'Bearer invented' }]) {
      expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(401)
    }
    expect((await app.inject({ url: '/metrics', headers: asReader })).statusCode).toBe(403)
    await expect.poll(deniedRows).toHaveLength(1)
  })
})

describe('the list', () => {
  beforeEach(() =>
    write([
      ['a', 'things.done', '1'],
      ['b', 'things.done', '2'],
      ['a', 'things.undone', '1'],
      ['a', 'things.done', '4'],
    ]),
  )

  test('needs the scope ops:read', async () => {
    const statuses = [{}, asReader, asOperator, asAdmin].map(async (headers) => {
      return (await read('', headers as Record<string, string>)).statusCode
    })
    expect(await Promise.all(statuses)).toEqual([401, 403, 200, 200])
  })

  test('filters by actor, act and subject', async () => {
    expect(await subjects('?actor=a')).toEqual(['4', '1', '1'])
    expect(await subjects('?act=things.done')).toEqual(['4', '2', '1'])
    expect(await subjects('?actor=a&act=things.done&subject=1')).toEqual(['1'])
  })

  test('filters by time: since is inclusive, until is exclusive', async () => {
    await db.owner.query(`
      alter table invites.audit disable trigger audit_is_append_only;
      update invites.audit set at = '2026-01-01Z'::timestamptz + id * interval '1 day';
      alter table invites.audit enable trigger audit_is_append_only`)
    const between = '?at_since=2026-01-03T00:00:00Z&at_until=2026-01-05T00:00:00Z'
    expect(await subjects(between)).toEqual(['1', '2'])
    expect(await subjects(between.replaceAll('at_', ''))).toEqual(['1', '2'])
  })

  test('continues where a page ended, whatever was logged meanwhile', async () => {
    const first = (await read('?limit=2')).json()
    await write([['c', 'things.done', '5']])
    const second = (await read(`?limit=2&cursor=${first.next}`)).json()
    const seen = [...first.acts, ...second.acts].map((act) => act.subject)
    expect(seen).toEqual(['4', '1', '2', '1'])
    expect(second.next).toBeNull()
  })

  test('reports every error of the query', async () => {
    const reply = await read('?limit=0&since=yesterday&who=me')
    const paths = reply.json().errors.map((error: { path: string }) => error.path)
    expect([reply.statusCode, paths.sort()]).toEqual([
      400,
      ['query.limit', 'query.since', 'query.who'],
    ])
    expect((await read('?cursor=nonsense')).json().errors[0].path).toBe('query.cursor')
  })
})

describe('an export', () => {
  test('contains every matching action as NDJSON, however many', async () => {
    const actions = sql`select 'things.done', n::text, null::jsonb from generate_series(1, 2500) as n`
    await app.database.query(logActions('invites', by('a'), actions))
    const reply = await read('?act=things.done', { ...asOperator, accept: 'application/x-ndjson' })
    expect(reply.headers['content-type']).toBe('application/x-ndjson')
    const rows = reply.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map((row) => Number(row.subject))).toEqual(
      Array.from({ length: 2500 }, (_, n) => 2500 - n),
    )
  })

  test('contains no cell that a spreadsheet would run', async () => {
    await write([['=cmd()', 'things.done', '@1']])
    const reply = await read('', { ...asOperator, accept: 'text/csv' })
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8')
    const [head, line] = reply.body.split('\r\n')
    expect(head).toBe('id,at,actor,key_id,act,subject,reason,address,request_id,details')
    expect(line).toMatch(
      /^1,[^,]+Z,'=cmd\(\),'=cmd\(\) id,things.done,'@1,,203.0.113.9,request-1,\{\}$/,
    )
  })
})
