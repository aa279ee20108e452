import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => app.close())

const generate = (body: object) =>
  app.inject({ method: 'POST', url: '/api/invites/generate', headers: asAdmin, payload: body })

const batch = async (batch_id: string) => {
  const { rows } = await db.owner.query('select * from invites.batches where batch_id = $1', [
    batch_id,
  ])
  return rows[0]
}

describe('generating', () => {
  test('the documented request gets the documented reply with fifty codes', async () => {
    const reply = await generate({ batch_size: 50, batch_id: 'BATCH-20251220' })
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({
      status: 'success',
      batch_id: 'BATCH-20251220',
      generated: 50,
      codes: expect.any(Array),
    })
    const { rows } = await db.owner.query(
      `select code from invites.codes join invites.batches as b on b.id = batch
       where batch_id = 'BATCH-20251220'`,
    )
    const codes = rows.map((row) => row.code)
    expect(codes.sort()).toEqual(reply.json().codes.sort())
  })

  test('a code is VOBEE- and twelve upper-case hex digits', async () => {
    const { codes } = (await generate({ batch_size: 200 })).json()
    for (const code of codes) expect(code).toMatch(/^VOBEE-[0-9A-F]{12}$/)
  })

  test('ten thousand codes are ten thousand different ones', async () => {
    const reply = await generate({ batch_size: 10_000 })
    expect(new Set(reply.json().codes).size).toBe(10_000)
  })

  test('codes expire after seven days and have one use by default', async () => {
    const { batch_id } = (await generate({ batch_size: 1 })).json()
    const { rows } = await db.owner.query(
      `select uses_left, c.expires_at = created_at + interval '168 hours' as after_seven_days,
              created_by, metadata
       from invites.codes as c join invites.batches as b on b.id = batch where batch_id = $1`,
      [batch_id],
    )
    expect(rows).toEqual([
      { uses_left: 1, after_seven_days: true, created_by: 'env', metadata: {} },
    ])
  })

  test('a batch stores all members of the request', async () => {
    const reply = await generate({
      batch_size: 2,
      batch_id: 'winter',
      max_uses: 5,
      expires_at: '2999-01-01T00:00:00+01:00',
      issued_to: 'Friend@example.com',
      created_by: 'campaigns',
      metadata: { campaign: 'winter_2024' },
      prefix: 'WINTER-',
    })
    expect(reply.json().codes[0]).toMatch(/^WINTER-[0-9A-F]{12}$/)
    expect(await batch('winter')).toMatchObject({
      size: 2,
      max_uses: 5,
      created_by: 'campaigns',
      metadata: { campaign: 'winter_2024' },
    })
    const { rows } = await db.owner.query(
      `select issued_to, uses_left, expires_at from invites.codes where code like 'WINTER-%'`,
    )
    const code = {
      issued_to: 'Friend@example.com',
      uses_left: 5,
      expires_at: new Date('2998-12-31T23:00:00Z'),
    }
    expect(rows).toEqual([code, code])
  })

  test('codes may be unlimited and never expire', async () => {
    await generate({ batch_size: 1, code: 'for-ever', max_uses: null, expires_at: null })
    const { rows } = await db.owner.query(
      `select uses_left, expires_at from invites.codes where code = 'for-ever'`,
    )
    expect(rows).toEqual([{ uses_left: null, expires_at: null }])
  })

  test('prefix, length and days are settings, and no digit of a long code is fixed', async () => {
    const set = { CODE_PREFIX: 'ACME_', CODE_LENGTH: '20', CODE_EXPIRATION_DAYS: '30' }
    const other = buildApp(testSettings(InvitesSettings, db.urls.invites, set))
    const reply = await other.inject({
      method: 'POST',
      url: '/api/invites/generate',
      headers: asAdmin,
      payload: { batch_size: 1000, batch_id: 'acme' },
    })
    await other.close()
    const { codes } = reply.json()
    expect(codes[0]).toMatch(/^ACME_[0-9A-F]{20}$/)
    for (let place = 5; place < 25; place++) {
      expect(new Set(codes.map((code: string) => code[place])).size).toBe(16)
    }
    const { expires_at, created_at } = await batch('acme')
    expect(expires_at - created_at).toBe(30 * 86_400_000)
  })

  test('settings that make no code are errors, reported all at once', () => {
    const faulty = { CODE_PREFIX: 'no good', CODE_LENGTH: '4' }
    expect(() => testSettings(InvitesSettings, db.urls.invites, faulty)).toThrow(
      /CODE_PREFIX.*\n.*CODE_LENGTH/,
    )
  })

  test('a batch of a hundred thousand is created and published once', async () => {
    const reply = await generate({ batch_size: 100_000, batch_id: 'large' })
    expect(reply.statusCode).toBe(201)
    expect(new Set(reply.json().codes).size).toBe(100_000)
    const { rows } = await db.owner.query(
      `select event, payload from quality_gates.inbox where payload ->> 'batch_id' = 'large'`,
    )
    expect(rows).toMatchObject([{ event: 'invites.created', payload: { count: 100_000 } }])
  })
})

describe('names', () => {
  test('a batch_id that exists already is an error and issues nothing', async () => {
    await generate({ batch_size: 1, batch_id: 'once' })
    const again = await generate({ batch_size: 7, batch_id: 'once' })
    expect(again.statusCode).toBe(409)
    expect(again.json().code).toBe('batch_exists')
    const { rows } = await db.owner.query(
      `select count(*)::int as n from invites.codes as c join invites.batches as b on b.id = batch
       where batch_id = 'once'`,
    )
    expect(rows).toEqual([{ n: 1 }])
  })

  test('without a batch_id a batch is named for the time, each differently', async () => {
    const replies = await Promise.all(Array.from({ length: 24 }, () => generate({ batch_size: 1 })))
    const names = replies.map((reply) => reply.json().batch_id)
    expect(new Set(names).size).toBe(24)
    for (const name of names) expect(name).toMatch(/^BATCH-\d{14}(-[0-9A-F]{6})?$/)
  })

  test('a custom code is stored as given, and exists already in any case', async () => {
    const first = await generate({ batch_size: 1, code: 'Launch_2026' })
    expect(first.json().codes).toEqual(['Launch_2026'])
    const again = await generate({ batch_size: 1, code: 'LAUNCH_2026', batch_id: 'again' })
    expect(again.statusCode).toBe(409)
    expect(again.json().code).toBe('code_exists')
    expect(await batch('again')).toBeUndefined()
  })

  test('of many requests for the same custom code at once, one gets it', async () => {
    const replies = await Promise.all(
      Array.from({ length: 24 }, () => generate({ batch_size: 1, code: 'wanted-by-all' })),
    )
    const statuses = replies.map((reply) => reply.statusCode).sort()
    expect(statuses).toEqual([201, ...Array.from({ length: 23 }, () => 409)])
  })

  test('a generated code that exists already is generated again', async () => {
    // A trigger cuts each code to one digit: there are sixteen codes and many collisions.
    await db.owner.query(`
      create function invites.last_free() returns trigger language plpgsql as $$
      begin
        new.code := left(new.code, length('TIGHT-') + 1);
        return new;
      end $$;
      create trigger last_free before insert on invites.codes for each row
        when (new.code like 'TIGHT-%') execute function invites.last_free();`)
    const reply = await generate({ batch_size: 16, prefix: 'TIGHT-' })
    await db.owner.query('drop function invites.last_free cascade')
    expect(reply.json().codes.sort()).toEqual(
      [...'0123456789ABCDEF'].map((digit) => `TIGHT-${digit}`),
    )
  })
})
