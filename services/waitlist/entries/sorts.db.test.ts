// The orders of the list of entries, over pages and in files.
import { asAdmin } from '@vobee/testing/settings'
import { beforeEach, expect, test } from 'vitest'
import { useWaitlist } from '../testing/waitlist.ts'
import { rowsFrom, sortHead, sorts } from './sorts.ts'

const { db, read, line } = useWaitlist()

const COUNT = 30
const isWaiting = `status = 'waiting'`

beforeEach(async () => {
  await line(COUNT)
  await db.owner.query(`
    update waitlist.entries set credits = (arrival - 1) % 3;
    update waitlist.entries set status = 'removed' where arrival % 5 = 0;
    update waitlist.entries set joined_at = now() - make_interval(days => (arrival % 7)::int)`)
})

const emailsOf = (rows: { email: string }[]) => rows.map(({ email }) => email)

const follow = async (query: string) => {
  const emails: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const reply = await read(`entries?${query}${cursor && `&cursor=${cursor}`}`)
    expect(reply.statusCode).toBe(200)
    emails.push(...emailsOf(reply.json().entries))
    cursor = reply.json().next
  }
  return emails
}

const inOrder = async (order: string, where = 'true') => {
  const text = `select email from waitlist.entries where ${where} order by ${order}`
  return emailsOf((await db.owner.query(text)).rows)
}

const cases = [
  ['sort=position&status=waiting', 'score desc, arrival', isWaiting],
  ['sort=-position&status=waiting', 'score, arrival desc', isWaiting],
  ['sort=joined', 'joined_at, arrival', 'true'],
  ['sort=-joined', 'joined_at desc, arrival desc', 'true'],
  ['sort=-joined&status=waiting', 'joined_at desc, arrival desc', isWaiting],
  ['sort=joined&status=removed', 'joined_at, arrival', `status = 'removed'`],
  ['sort=score', 'score, arrival desc', 'true'],
  ['sort=-score', 'score desc, arrival', 'true'],
  ['sort=-score&status=removed', 'score desc, arrival', `status = 'removed'`],
  ['sort=score&status=waiting', 'score, arrival desc', isWaiting],
  ['sort=score&min_score=6&max_score=10', 'score, arrival desc', 'score between 6 and 10'],
  ['sort=referrals', 'credits, arrival desc', 'true'],
  ['sort=-referrals', 'credits desc, arrival', 'true'],
  ['sort=-referrals&status=waiting', 'credits desc, arrival', isWaiting],
  ['sort=-referrals&persona=agency', 'credits desc, arrival', `persona = 'agency'`],
] as const

test('every sort returns each entry once, in order, on pages of any size', async () => {
  for (const [query, order, where] of cases) {
    const expected = await inOrder(order, where)
    expect(expected.length).toBeGreaterThan(3)
    for (const limit of [3, 7, 200]) {
      expect(await follow(`${query}&limit=${limit}`), query).toEqual(expected)
    }
  }
})

test('files have the order of the list, and the cursor of one sort fits no other', async () => {
  const file = await read('entries?sort=-referrals', { ...asAdmin, accept: 'text/csv' })
  const cells = file.body.split('\r\n').slice(1, -1)
  const expected = await inOrder('credits desc, arrival')
  expect(cells.map((line) => line.split(',')[1])).toEqual(expected)
  const { next } = (await read('entries?sort=score&limit=1')).json()
  for (const sort of ['-score', 'referrals', 'joined']) {
    expect((await read(`entries?sort=${sort}&cursor=${next}`)).statusCode).toBe(400)
  }
})

const planOf = async (sort: (typeof sorts)[number], isFirst: boolean) => {
  const value = sort.endsWith('joined') ? '2026-01-01T00:00:00Z' : 10
  const start = isFirst ? null : ([sort, value, 5] as const)
  const { text, values } = rowsFrom({ sort, start, search: {} }, 5)
  const client = await db.owner.connect()
  // So that the plan of a few rows is the one of many.
  await client.query('begin; set local enable_seqscan = off; set local enable_sort = off')
  const explain = `explain with ${sortHead.text} ${text}`
  const { rows } = await client.query(explain, values)
  await client.query('rollback')
  client.release()
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

test('every page is read from indexes in order, without a sort', async () => {
  await db.owner.query('analyze waitlist.entries')
  for (const sort of sorts) {
    for (const isFirst of [true, false]) {
      const plan = await planOf(sort, isFirst)
      expect(plan, sort).toMatch(/Index Scan .*on entries/)
      expect(plan, sort).not.toMatch(/Seq Scan on entries|-> +(Incremental )?Sort /)
    }
  }
})
