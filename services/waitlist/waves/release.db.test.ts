// Waves: exactly those who stand first, each once, however many admins press at once.
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { asNobody, asReader, asWriter, personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, read, post, line, published, invited } = useWaitlist()

const release = (body: object, replica = 0, headers = asAdmin) =>
  post('release', body, headers, replica)

describe('a release', () => {
  test('releases the first entries, in order, and publishes each to invites', async () => {
    await line(10)
    const reply = await release({ count: 7, reason: 'the first ones' })
    expect(reply.statusCode).toBe(201)
    const { wave_id } = reply.json()
    expect(reply.json()).toEqual({
      status: 'success',
      wave_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: 'released',
      release_at: null,
      asked: 7,
      released: 7,
      pending: 0,
      waiting: 3,
      skipped: [],
    })
    const expected = ['p6', 'p7', 'p8', 'p9', 'p10', 'p1', 'p2']
    expect(await invited(wave_id)).toEqual(expected)
    const [event, ...others] = await published()
    expect(others).toEqual([])
    expect(event.wave_id).toBe(wave_id)
    expect(event.people.map((one: { person: string }) => one.person)).toEqual(expected)
    expect(event.people[0].masked).toBe('6***@e***.com')
    expect(JSON.stringify(event)).not.toContain('example.com')
  })

  test('of more entries than wait releases all; of an empty line, none', async () => {
    await line(3)
    expect((await release({ count: 1_000_000 })).json()).toMatchObject({ released: 3, waiting: 0 })
    expect((await release({ count: 1 })).json()).toMatchObject({ released: 0, waiting: 0 })
    expect(await published()).toHaveLength(1)
  })

  test('changes the public counts and moves the waiting entries up', async () => {
    await line(10)
    await release({ count: 5 })
    expect((await read('stats', {})).json()).toEqual({
      total: 10,
      processed_today: 5,
      waiting: 5,
      invited: 5,
      mail: 'off',
      confirmation: 'off',
    })
    expect((await read('position?referral_code=CODE1')).json()).toMatchObject({ position: 1 })
    await db.owner.query(`update waitlist.waves set released_at = released_at - interval '1 day'`)
    expect((await read('stats')).json()).toMatchObject({ processed_today: 0, invited: 5 })
  })

  test('with a filter releases only the first matching entries', async () => {
    await line(40)
    const first = await release({ count: 3, filter: { persona: 'other', max_score: 10 } })
    expect(await invited(first.json().wave_id)).toEqual(['p1', 'p3', 'p5'])
    const second = await release({ count: 9, filter: { source: 'news', referred: true } })
    expect(await invited(second.json().wave_id)).toEqual(['p30', 'p40', 'p10', 'p20'])
    const third = await release({ count: 9, filter: { q: 'CASE 7' } })
    expect(await invited(third.json().wave_id)).toEqual(['p7'])
  })

  test('by email address accepts any spelling of it, and stores no address', async () => {
    await line(3)
    await db.owner.query(`update waitlist.entries set person = $1 where person = 'p2'`, [
      personKey('ada@example.com'),
    ])
    const reply = await release({ count: 5, filter: { q: 'Ada+x@Example.com' } })
    expect(reply.json()).toMatchObject({ released: 1, waiting: 2 })
    const { rows } = await db.owner.query('select w, a from waitlist.waves w, waitlist.audit a')
    expect(JSON.stringify(rows).toLowerCase()).not.toContain('example.com')
  })
})

describe('a release of named entries', () => {
  const nameAs = (person: string, email: string) =>
    db.owner.query(`update waitlist.entries set person = $2 where person = $1`, [
      person,
      personKey(email),
    ])
  const idsOf = async (...people: string[]): Promise<string[]> => {
    const { rows } = await db.owner.query(
      `select id from waitlist.entries where person = any ($1) order by array_position($1, person)`,
      [people],
    )
    return rows.map(({ id }) => id)
  }

  test('by id releases them wherever they stand, and names those that it skips', async () => {
    await line(10)
    const [p1, p2, p3, p9] = await idsOf('p1', 'p2', 'p3', 'p9')
    await release({ ids: [p9] })
    await db.owner.query(`update waitlist.entries set status = 'removed' where person = 'p2'`)
    const unknown = '00000000-0000-4000-8000-000000000000'
    const reply = await release({ ids: [p3, p2, unknown, p9, p1, p3?.toUpperCase()] })
    expect(reply.json()).toMatchObject({
      ...{ asked: 5, released: 2, pending: 0, waiting: 6 },
      skipped: [
        { id: p2, reason: 'removed' },
        { id: unknown, reason: 'unknown' },
        { id: p9, reason: 'invited' },
      ],
    })
    expect(await invited(reply.json().wave_id)).toEqual(['p1', 'p3'])
    const [, second] = await published()
    expect(second.people.map((one: { entry_id: string }) => one.entry_id)).toEqual([p1, p3])
  })

  test('by address accepts any spelling, and a repeated request gets the same reply', async () => {
    await line(4)
    await nameAs('p1', 'ada@example.com')
    const emails = ['Ada+x@Example.com', 'nobody@example.com', 'ada@example.com']
    const headers = { ...asAdmin, 'idempotency-key': 'k' }
    const [first, again] = [
      await release({ emails }, 0, headers),
      await release({ emails }, 1, headers),
    ]
    expect(first.json()).toMatchObject({
      ...{ asked: 2, released: 1, waiting: 3 },
      skipped: [{ email: 'nobody@example.com', reason: 'unknown' }],
    })
    expect([again.statusCode, again.json()]).toEqual([201, first.json()])
    const stored = await db.owner.query('select * from waitlist.idempotency')
    const waves = await db.owner.query('select w, a from waitlist.waves w, waitlist.audit a')
    expect(JSON.stringify([stored.rows, waves.rows])).not.toContain('example.com')
  })

  test('does not take an entry that a large wave is about to release', async () => {
    await line(2)
    const [p1, p2] = await idsOf('p1', 'p2')
    await db.owner.query(`insert into waitlist.wave_members
      select arrival, gen_random_uuid() from waitlist.entries where person = 'p1'`)
    const preview = await release({ ids: [p1, p2], dry_run: true })
    const reply = await release({ ids: [p1, p2] })
    const skipped = [{ id: p1, reason: 'in_wave' }]
    expect(preview.json()).toMatchObject({ would_release: 1, skipped })
    expect(reply.json()).toMatchObject({ released: 1, skipped })
  })
})

describe('a dry run', () => {
  test('shows who would be released and the gate, and changes nothing', async () => {
    await line(10)
    await db.owner.query(`update waitlist.gate set open = false, reasons = '{churn_high}'`)
    const reply = await release({ count: 3, filter: { persona: 'other' }, dry_run: true })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({
      ...{ status: 'success', dry_run: true, asked: 3, would_release: 3, skipped: [] },
      gate: { open: false, reasons: ['churn_high'] },
      entries: [
        { email: '7@example.com', persona: 'other', source: null, score: 20, position: 2 },
        { email: '9@example.com', position: 4 },
        { email: '1@example.com', position: 6 },
      ],
    })
    expect((await read('waves')).json().waves).toEqual([])
    expect((await read('stats')).json()).toMatchObject({ waiting: 10, invited: 0 })
    const { rows } = await db.owner.query('select from waitlist.audit')
    expect(rows).toEqual([])
  })

  test('needs a key that may also read', async () => {
    // The other replica: each logs a denied action once in ten minutes.
    expect((await release({ count: 1, dry_run: true }, 1, asWriter)).statusCode).toBe(403)
  })
})

describe('a closed gate', () => {
  const close = () =>
    db.owner.query(`update waitlist.gate set open = false, reasons = '{churn_high}'`)

  test('releases no entry', async () => {
    await line(5)
    await close()
    const reply = await release({ count: 5 })
    expect(reply.statusCode).toBe(423)
    expect(reply.json()).toMatchObject({ code: 'invites_paused', reasons: ['churn_high'] })
    expect((await read('stats')).json()).toMatchObject({ waiting: 5, processed_today: 0 })
    expect((await read('waves')).json().waves).toEqual([])
    expect(await published()).toEqual([])
  })

  test('is overridden only by an admin with a reason', async () => {
    await line(5)
    await close()
    const body = { count: 2, override_gate: true, reason: 'press day' }
    expect((await release(body, 0, asWriter)).statusCode).toBe(403)
    expect((await release({ count: 2, override_gate: true })).json().errors).toEqual([
      { path: 'reason', message: 'is required with override_gate' },
    ])
    expect((await release(body)).json()).toMatchObject({ released: 2 })
    const logged = async (act: string) => {
      const select = 'select act, actor, reason, subject, details from waitlist.audit'
      return (await db.owner.query(`${select} where act = $1`, [act])).rows
    }
    const denied = { actor: 'writer', details: { scope: 'admin', unlogged: 0 } }
    await expect.poll(() => logged('denied')).toMatchObject([denied])
    const { waves } = (await read('waves')).json()
    expect(await logged('waitlist.released')).toEqual([
      {
        act: 'waitlist.released',
        actor: 'env',
        reason: 'press day',
        subject: waves[0].wave_id,
        details: { released: 2, gate_overridden: true },
      },
    ])
  })
})

describe('the waves', () => {
  test('are listed newest first, in pages', async () => {
    await line(9)
    for (const count of [1, 2, 3]) await release({ count, reason: `wave of ${count}` })
    const first = await read('waves?limit=2', asReader)
    expect(first.json().waves).toMatchObject([
      { asked: 3, released: 3, by: 'env', reason: 'wave of 3', filter: {} },
      { asked: 2, released: 2 },
    ])
    const link = String(first.headers.link)
    expect(link).toMatch(/^<\?limit=2&cursor=[\w-]+>; rel="next"$/)
    const second = await read(`waves${link.slice(1, link.indexOf('>'))}`)
    expect(second.json()).toMatchObject({ waves: [{ released: 1 }], next: null })
    expect(second.headers.link).toBe(undefined)
  })

  test('reject an invalid cursor', async () => {
    for (const cursor of ['x', 'W10', Buffer.from('["2026-01-01","b"]').toString('base64url')]) {
      const reply = await read(`waves?cursor=${cursor}`)
      expect(reply.statusCode).toBe(400)
      expect(reply.json().errors).toEqual([
        { path: 'query.cursor', message: 'is not a cursor of this list' },
      ])
    }
  })
})

describe('a caller without access', () => {
  test('is rejected: without a key, with a wrong key, with a key that only reads', async () => {
    expect((await post('release', { count: 1 }, {})).statusCode).toBe(401)
    expect((await release({ count: 1 }, 0, asNobody)).statusCode).toBe(401)
    expect((await release({ count: 1 }, 0, asReader)).statusCode).toBe(403)
    expect((await read('waves', asWriter)).statusCode).toBe(403)
  })

  test('every error of a body is returned', async () => {
    const body = {
      count: 1_000_001,
      filter: { persona: 'robot', status: 'waiting' },
      x: 1,
      override_gate: true,
    }
    const pathsOf = async (given: object) =>
      (await release(given)).json().errors.map((error: { path: string }) => error.path)
    const paths = await pathsOf(body)
    expect(paths.sort()).toEqual(['count', 'filter.persona', 'filter.status', 'reason', 'x'])
    expect(await pathsOf({})).toEqual(['count'])
    expect(await pathsOf({ emails: ['ada@example.com'], count: 1 })).toEqual(['count'])
    expect(await pathsOf({ emails: ['ada'], filter: {} })).toEqual(['emails.0', 'filter'])
    for (const count of [0, 1.5, '3', null]) {
      expect((await release({ count })).statusCode).toBe(400)
    }
  })
})
