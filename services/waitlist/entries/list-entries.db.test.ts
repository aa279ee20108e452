// What an admin sees of the list: pages, filters, bad input.

import { asAdmin } from '@vobee/testing/settings'
import { beforeEach, describe, expect, test } from 'vitest'
import { asWriter, personas, personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, join, read, post, crowd, idOf } = useWaitlist()

type Row = { id: string; email: string; position: number | null; score: number; status: string }

const list = async (query: string): Promise<Row[]> =>
  (await read(`entries?${query}`)).json().entries

const emails = (rows: Row[]) => rows.map((row) => row.email.split('@')[0])

/** Every row of a list, by following the `Link` of each page. */
const follow = async (query: string, between: () => Promise<unknown> = async () => {}) => {
  const rows: Row[] = []
  let next = `?${query}`
  for (;;) {
    const reply = await read(`entries${next}`)
    expect(reply.statusCode).toBe(200)
    rows.push(...reply.json().entries)
    const link = reply.headers.link as string | undefined
    expect(link === undefined).toBe(reply.json().next === null)
    if (!link) return rows
    next = link.slice(1, link.indexOf('>'))
    await between()
  }
}

describe('the list', () => {
  test('of waiting entries is in the order of the line, with every member', async () => {
    await join('low@example.com')
    await join('ada@example.com', {
      persona: 'agency',
      name: 'Ada',
      referred_by: 'FRIEND22',
      utm_source: 'news',
      metadata: { team: 3 },
      locale: 'de',
    })
    const [first, second, ...others] = await list('status=waiting')
    expect(others).toEqual([])
    expect(first).toEqual({
      id: await idOf('ada@example.com'),
      email: 'ada@example.com',
      name: 'Ada',
      use_case: 'to see',
      persona: 'agency',
      locale: 'de',
      status: 'waiting',
      position: 1,
      score: 20,
      score_parts: { answers: 20, referrals: 0, adjusted: 0 },
      referrals: 0,
      referral_code: expect.stringMatching(/^[2-9A-HJKMNP-Z]{8}$/),
      referred_by: 'FRIEND22',
      joined_at: expect.stringMatching(/Z$/),
      invited_at: null,
      redeemed_at: null,
      wave_id: null,
      confirmed_at: null,
      disposable: false,
      utm: { utm_source: 'news' },
      metadata: { team: 3 },
    })
    expect(second).toMatchObject({ email: 'low@example.com', position: 2 })
  })

  test('of all entries is in the order of joining, including those outside the line', async () => {
    await crowd(4)
    await post('release', { count: 1 })
    const rows = await list('')
    expect(emails(rows)).toEqual(['n1', 'n2', 'n3', 'n4'])
    expect(rows[0]).toMatchObject({
      status: 'invited',
      position: null,
      invited_at: expect.any(String),
      wave_id: expect.any(String),
    })
    expect(rows.map((row) => row.position)).toEqual([null, 1, 2, 3])
    expect(emails(await list('status=invited'))).toEqual(['n1'])
    expect(emails(await list('status=waiting&sort=joined'))).toEqual(['n2', 'n3', 'n4'])
    expect(await list('status=waiting&order=joined')).toEqual(
      await list('status=waiting&sort=joined'),
    )
    expect(await list('status=waiting&order=place')).toEqual(await list('status=waiting'))
  })

  test('returns each entry once over its pages, in one order, with its position', async () => {
    await crowd(23)
    for (const limit of [1, 4, 7, 23, 200]) {
      const rows = await follow(`status=waiting&limit=${limit}`)
      expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 23 }, (_, n) => n + 1))
      expect(emails(await follow(`limit=${limit}`))).toEqual(
        Array.from({ length: 23 }, (_, n) => `n${n + 1}`),
      )
    }
  })

  test('keeps unchanged entries in place while others join, gain points and leave', async () => {
    await crowd(40)
    let n = 0
    const rows = await follow('status=waiting&limit=3', async () => {
      n++
      await join(`new${n}@example.com`, { persona: personas[n % 5] })
      await db.owner.query(
        `update waitlist.entries set score = score + 7 where email = 'n${n}@example.com';
         update waitlist.entries set status = 'removed' where email = 'n${41 - n}@example.com'`,
      )
    })
    expect(n).toBeGreaterThan(10)
    const seen = emails(rows)
    const still = Array.from({ length: 40 - 2 * n }, (_, i) => `n${n + 1 + i}`)
    for (const email of still) expect(seen.filter((one) => one === email)).toEqual([email])
  })

  test('examines a limited number of entries a page, so a rare match is on a later page', async () => {
    await db.owner.query(`
      insert into waitlist.entries (person, email, use_case, persona, referral_code, answers_score, score)
      select n, n || '@example.com', case when n = 59000 then 'rare' else 'common' end, 'other', n, 5, 5
      from generate_series(1, 60000) as n`)
    const file = await read('entries?q=rare', { ...asAdmin, accept: 'text/csv' })
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
    const [columns, row, end] = file.body.split('\r\n')
    expect(columns).toMatch(/^id,email,/)
    expect(row).toContain(',59000@example.com,')
    expect(end).toBe('')
    for (const query of ['q=rare', 'status=waiting&q=rare']) {
      const first = (await read(`entries?${query}`)).json()
      expect(first).toEqual({ entries: [], next: expect.any(String) })
      const rows = await follow(query)
      expect(rows).toMatchObject([{ email: '59000@example.com', position: 59_000 }])
    }
    await db.owner.query(`update waitlist.entries set person = $1 where person = '59500'`, [
      personKey('ada@example.com'),
    ])
    for (const query of ['q=Ada@example.com', 'status=waiting&q=Ada@example.com']) {
      expect((await read(`entries?${query}`)).json()).toMatchObject({
        entries: [{ position: 59_500 }],
        next: null,
      })
    }
  })

  test('begins after the entries that have left the front of the line', async () => {
    await crowd(20)
    await db.owner.query(`update waitlist.entries set status = 'removed' where score >= 15`)
    const rows = await list('status=waiting&limit=2')
    expect(rows.map((row) => [row.score, row.position])).toEqual([
      [10, 1],
      [10, 2],
    ])
    await db.owner.query(`update waitlist.entries set status = 'removed'`)
    expect(await list('status=waiting')).toEqual([])
  })
})

describe('filters', () => {
  beforeEach(async () => {
    await crowd(10)
    await join('Ada@Example.com', {
      name: 'Ada Lovelace',
      utm_source: 'news',
      persona: 'agency',
      metadata: { team: 3, 'is new': true },
    })
    await join('bob@example.com', { use_case: '100% of_all \\ things', referred_by: 'FRIEND22' })
    await db.owner.query(`
      update waitlist.entries set joined_at = joined_at - interval '3 days' where email like 'n%';
      update waitlist.entries set confirmed_at = now() where email like 'bob%';
      update waitlist.entries set disposable = true where email like 'n2@%'`)
  })

  const found = async (query: string) => [
    emails(await follow(`status=waiting&limit=2&${query}`)).sort(),
    emails(await follow(`limit=2&${query}`)).sort(),
  ]
  const threeDaysAgo = () => new Date(Date.now() - 2 * 86_400_000).toISOString()

  test.each([
    ['persona=agency', ['Ada', 'n1', 'n6']],
    ['min_score=15&max_score=15', ['n2', 'n7']],
    ['min_score=15', ['Ada', 'n1', 'n2', 'n6', 'n7']],
    ['max_score=5', ['bob', 'n10', 'n5']],
    ['source=news', ['Ada']],
    ['referred=true', ['bob']],
    ['referred=false&persona=other', ['n10', 'n5']],
    ['q=lovelace', ['Ada']],
    ['q=ADA@EX', ['Ada']],
    ['q=100%25', ['bob']],
    ['q=of_a', ['bob']],
    ['q=ofXa', []],
    ['q=%25_%25', []],
    ['q=%5C', ['bob']],
    ['q=ada%2Btag@example.com', ['Ada']],
    ['q=nobody@example.com', []],
    ['persona=agency&q=n6', ['n6']],
    ['referred_by=friend22', ['bob']],
    ['referred_by=OTHER', []],
    ['metadata.team=3', ['Ada']],
    ['metadata%5Bteam%5D=3', ['Ada']],
    ['metadata.team=3&metadata.is%20new=true', ['Ada']],
    ['metadata.team=3&metadata.is%20new=false', []],
    ['confirmed=true', ['bob']],
    ['confirmed=false&min_score=16', ['Ada', 'n1', 'n6']],
    ['disposable=true', ['n2']],
  ])('%s finds the expected entries, in both orders', async (query, expected) => {
    expect(await found(query)).toEqual([expected, expected])
  })

  test('the wave finds the entries that it released, and several filters must all match', async () => {
    const { wave_id } = (await post('release', { count: 2 })).json()
    expect(emails(await follow(`wave_id=${wave_id}&limit=1`))).toEqual(['n1', 'n6'])
    expect(emails(await list(`wave_id=${wave_id}&q=n6`))).toEqual(['n6'])
    expect(await list(`wave_id=${wave_id}&status=waiting`)).toEqual([])
    expect(await list('wave_id=00000000-0000-4000-8000-000000000000')).toEqual([])
  })

  test('a release takes the same filter as members of its body', async () => {
    const filter = { metadata: { team: 3 }, confirmed: false, disposable: false }
    const wave = (await post('release', { count: 5, filter })).json()
    expect(wave).toMatchObject({ released: 1 })
    expect(emails(await list('status=invited'))).toEqual(['Ada'])
    const { waves } = (await read('waves')).json()
    expect(waves[0].filter).toEqual(filter)
  })

  test('the lower bound of the time of joining is inclusive, the upper is exclusive', async () => {
    expect(await found(`joined_after=${threeDaysAgo()}`)).toEqual([
      ['Ada', 'bob'],
      ['Ada', 'bob'],
    ])
    const [before] = await found(`joined_before=${threeDaysAgo()}`)
    expect(before).toHaveLength(10)
    const { rows } = await db.owner.query(
      `select joined_at from waitlist.entries where email = 'bob@example.com'`,
    )
    const at = rows[0].joined_at.toISOString()
    expect(await found(`joined_since=${at}&joined_until=${at}`)).toEqual([[], []])
    const since = `joined_since=${threeDaysAgo()}`
    expect(await found(since)).toEqual(await found(since.replace('since', 'after')))
    const until = `joined_until=${threeDaysAgo()}`
    expect(await found(until)).toEqual(await found(until.replace('until', 'before')))
  })
})

describe('bad input', () => {
  test('returns every error of a query', async () => {
    const reply = await read(
      'entries?status=x&persona=robot&min_score=a&limit=201&joined_after=today&referred=1&x=1&sort=position',
    )
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map((error: { path: string }) => error.path.slice(6))
    expect(paths.sort()).toEqual([
      'joined_after',
      'limit',
      'min_score',
      'persona',
      'referred',
      'sort',
      'status',
      'x',
    ])
  })

  test('a name of metadata that no entry can have is rejected, not ignored', async () => {
    for (const query of ['metadata.__proto__=x', 'metadata%5B__proto__%5D=x'])
      expect((await read(`entries?${query}`)).statusCode).toBe(400)
  })

  test('an invalid cursor, one of another list and a forged one are rejected', async () => {
    const forged = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
    const cursors = ['', 'x', forged(null), forged(['place', 'a', 1]), forged(['place', 1, -1])]
    cursors.push(forged(['place', 1e12, 1]), forged(['joined', "'; drop", 1]), forged(['place', 1]))
    for (const cursor of cursors) {
      const reply = await read(`entries?status=waiting&cursor=${cursor}`)
      expect(reply.statusCode).toBe(400)
      expect(reply.json().errors[0].path).toBe('query.cursor')
    }
    const other = forged(['joined', '2026-01-01T00:00:00.000000Z', 1])
    expect((await read(`entries?status=waiting&cursor=${other}`)).statusCode).toBe(400)
    expect((await read(`entries?cursor=${other}`)).statusCode).toBe(200)
  })

  test('needs a key with the scope to read', async () => {
    expect((await read('entries', asWriter)).statusCode).toBe(403)
    expect((await read('entries', {})).statusCode).toBe(401)
  })
})
