import { asReader, by, useAuditedService } from '@vobee/testing/audited-service'
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { transaction } from '../data/database.ts'
import { sql } from '../data/sql.ts'
import { deleteOldAudit } from './audit-retention.ts'
import { type Action, type Audit, logAction, logActions } from './audit-trail.ts'

const db = useDatabase()
const { app, read, write } = useAuditedService(db)

test('an action is logged with who, what, on what, why, when, from where and the request id', async () => {
  await app().inject({
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
  expect((await app().inject({ method: 'POST', url: '/visit' })).statusCode).toBe(200)
  expect((await read()).json().acts).toEqual([])
})

test('an action that is rolled back leaves no row', async () => {
  const undone = transaction(app().database, async (connection) => {
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
  await app().database.query(statement(by('a')))
  await app().database.query(statement(null))
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
    await expect(app().database.query(change, values)).rejects.toThrow('audit is append-only')
  }
})

test('rows older than AUDIT_DAYS are deleted in chunks, and nothing deletes newer ones', async () => {
  await write(['1', '2', '3'].map((subject) => ['a', 'things.done', subject]))
  await db.owner.query(`
    alter table invites.audit disable trigger audit_is_append_only;
    update invites.audit set at = now() - interval '101 days' where subject <> '3';
    alter table invites.audit enable trigger audit_is_append_only`)
  const remaining = async () => (await read()).json().acts.map(({ subject }: Action) => subject)
  expect(await deleteOldAudit(app().database, 'invites', { days: null })).toBe(0)
  expect(await deleteOldAudit(app().database, 'invites', { days: 100, chunk: 1 })).toBe(2)
  expect(await remaining()).toEqual(['3'])
  const tooNew = deleteOldAudit(app().database, 'invites', { days: 0 })
  await expect(tooNew).rejects.toThrow('audit is append-only')
  expect(await remaining()).toEqual(['3'])
})

test('erasing a person can change the free text of a row and nothing else', async () => {
  await write([['a', 'things.done', '1']])
  const change = (set: string) =>
    transaction(app().database, async (connection) => {
      await connection.query(`set local vobee.erasing = 'on'`)
      await connection.query(`update invites.audit set ${set}`)
    })
  for (const set of [`actor = 'b'`, `subject = '2'`, 'at = now()', `reason = 'x', act = 'y'`]) {
    await expect(change(set)).rejects.toThrow('audit is append-only')
  }
  await change(`reason = 'words', details = '{"n": 1}'`)
  const [act] = (await read()).json().acts
  expect(act).toMatchObject({ actor: 'a', subject: '1', reason: 'words', details: { n: 1 } })
  const gone = transaction(app().database, async (connection) => {
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
    for (let n = 0; n < 3; n++) expect((await app().inject(ask)).statusCode).toBe(403)
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
      expect((await app().inject({ method: 'POST', url: '/act', headers })).statusCode).toBe(403)
    }
    await expect.poll(deniedRows).toHaveLength(1)
    const [row] = await deniedRows()
    expect(row).toMatchObject({ actor: 'member', key_id: '', subject: 'POST /act' })
    expect(JSON.stringify(row)).not.toContain('example.com')
  })

  test('without a valid credential leaves none', async () => {
    for (const headers of [{}, { authorization: 'Bearer invented' }]) {
      expect((await app().inject({ url: '/metrics', headers })).statusCode).toBe(401)
    }
    expect((await app().inject({ url: '/metrics', headers: asReader })).statusCode).toBe(403)
    await expect.poll(deniedRows).toHaveLength(1)
  })
})
