import { asOperator, asReader, by, useAuditedService } from '@vobee/testing/audited-service'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../data/sql.ts'
import { logActions } from './audit-trail.ts'

const db = useDatabase()
const { app, read, write } = useAuditedService(db)

const subjects = async (query: string) =>
  (await read(query)).json().acts.map((act: { subject: string }) => act.subject)

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
    await app().database.query(logActions('invites', by('a'), actions))
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
