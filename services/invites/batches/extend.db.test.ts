import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { asReader, countsOf, useInvites } from '../testing/invites.ts'
import { expireCodes } from './expire.ts'
import { applyPendingExtensions } from './extend-batch.ts'

const db = useDatabase()
const invites = useInvites(db)

const one = async (more: object = {}) => String((await invites.generate(more))[0])
const extend = (code: string, body: object = { expires_in_days: 3 }) =>
  invites.post(`${code}/extend`, body)
const expireAll = () =>
  db.owner.query(`update invites.codes set expires_at = now() - interval '1 second'`)
const expired = async () => countsOf(await invites.published('invites.expired'))

test('an expired code becomes active again, and expires again at its new time', async () => {
  const code = await one({ batch_id: 'a' })
  await expireAll()
  await expireCodes(invites.app.database)
  const reply = await extend(code)
  expect([reply.statusCode, reply.json()]).toEqual([
    200,
    { status: 'success', expires_at: expect.any(String), extended: 1, revoked: 0 },
  ])
  const { rows } = await db.owner.query(
    `select expires_at > now() + interval '71 hours' and expires_at < now() + interval '73 hours'
       as is_later from invites.codes`,
  )
  expect(rows).toEqual([{ is_later: true }])
  await expireCodes(invites.app.database)
  expect(await expired()).toEqual({ a: 1 })
  await expireAll()
  await expireCodes(invites.app.database)
  expect(await expired()).toEqual({ a: 2 })
  await extend(code)
  expect((await invites.redeem(code)).statusCode).toBe(200)
})

test('an expiry may be a time, or never', async () => {
  const code = await one()
  const expires_at = '2126-01-01T00:00:00.000Z'
  expect((await extend(code, { expires_at })).json().expires_at).toBe(expires_at)
  expect((await extend(code, { expires_at: null })).json().expires_at).toBe(null)
  expect((await invites.get(`${code}/status`, {})).json().expires_at).toBe(null)
})

test('a revoked code stays revoked', async () => {
  const code = await one()
  await invites.post(`${code}/revoke`, { reason: 'leaked' })
  const reply = await extend(code)
  expect([reply.statusCode, reply.json().code]).toEqual([409, 'not_extendable'])
  expect((await invites.redeem(code)).json().code).toBe('code_revoked')
})

test('a batch is extended except for its revoked codes', async () => {
  const codes = await invites.generate({ batch_size: 3, batch_id: 'a' })
  await invites.post(`${codes[0]}/revoke`, { reason: 'leaked' })
  await expireAll()
  const reply = await invites.post('batches/a/extend', { expires_in_days: 3 })
  expect(reply.json()).toMatchObject({ extended: 2, revoked: 1 })
  const found = await Promise.all(codes.map((code) => invites.get(`${code}/status`, {})))
  expect(found.map((status) => status.json().status)).toEqual(['revoked', 'active', 'active'])
  const { rows } = await db.owner.query('select expires_at > now() as open from invites.batches')
  expect(rows).toEqual([{ open: true }])
})

test('a batch of revoked codes is an error, and so is an unknown one', async () => {
  await invites.generate({ batch_id: 'a' })
  await invites.post('batches/a/revoke', { reason: 'leaked' })
  const refused = await invites.post('batches/a/extend', { expires_in_days: 3 })
  expect([refused.statusCode, refused.json().code]).toEqual([409, 'not_extendable'])
  const unknown = await invites.post('batches/b/extend', { expires_in_days: 3 })
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown_batch'])
  const code = await extend('VOBEE-000000000000')
  expect([code.statusCode, code.json().code]).toEqual([404, 'invalid_code'])
})

test('every error is reported at once', async () => {
  const code = await one()
  const paths = async (body: object) =>
    (await extend(code, body)).json().errors.map(({ path }: { path: string }) => path)
  expect(await paths({})).toEqual(['expires_at'])
  expect(await paths({ expires_in_days: 0, more: 1 })).toEqual(['expires_in_days', 'more'])
  expect(await paths({ expires_in_days: 1, expires_at: null })).toEqual(['expires_at'])
  expect(await paths({ expires_at: '2020-01-01T00:00:00Z' })).toEqual(['expires_at'])
})

test('it needs a key that may write, and is logged', async () => {
  const code = await one()
  const body = { expires_in_days: 1 }
  expect((await invites.post(`${code}/extend`, body, {})).statusCode).toBe(401)
  expect((await invites.post(`${code}/extend`, body, asReader)).statusCode).toBe(403)
  await extend(code, body)
  const { rows } = await db.owner.query(
    `select actor, details ->> 'codes' as codes from invites.audit where act = 'invites.extended'`,
  )
  expect(rows).toEqual([{ actor: 'env', codes: '1' }])
})

test('an expiry in days is set once for an Idempotency-Key', async () => {
  const code = await one()
  const { expires_at } = await invites.twice(`${code}/extend`, { expires_in_days: 3 })
  expect((await invites.get(`${code}/status`, {})).json().expires_at).toBe(expires_at)
  expect(await invites.countLogged('invites.extended')).toBe(1)
})

test('a batch is extended once for an Idempotency-Key, whatever was extended since', async () => {
  const [code] = await invites.generate({ batch_size: 3, batch_id: 'a' })
  const later = { expires_at: '2126-01-01T00:00:00.000Z' }
  const extendSince = async () => {
    await extend(String(code), later)
  }
  const { status: _, ...reply } = await invites.twice(
    'batches/a/extend',
    { expires_in_days: 3 },
    extendSince,
  )
  expect(reply).toEqual({ expires_at: expect.any(String), extended: 3, revoked: 0 })
  expect((await invites.get(`${code}/status`, {})).json().expires_at).toBe(later.expires_at)
  expect(await invites.countLogged('invites.extended')).toBe(2)
})

test('a large batch is extended in steps, and a killed process leaves none of them out', async () => {
  await invites.generate({ batch_size: 11_000, batch_id: 'a' })
  const [first, second] = await Promise.all([
    invites.post('batches/a/extend', { expires_at: '2126-01-01T00:00:00.000Z' }),
    invites.post('batches/a/extend', { expires_at: '2127-01-01T00:00:00.000Z' }),
  ])
  expect([first.json().extended, second.json().extended]).toEqual([11_000, 11_000])
  const times = async () => {
    const { rows } = await db.owner.query(
      `select expires_at, count(*)::int as codes from invites.codes group by 1
       union all select expires_at, size from invites.batches`,
    )
    return new Set(rows.map((row) => JSON.stringify(row)))
  }
  expect((await times()).size).toBe(1)
  await db.owner.query(`
    update invites.batches set expires_at = '2128-01-01', extension_reached = 6000`)
  await applyPendingExtensions(invites.app.database)
  const { rows } = await db.owner.query(`
    select count(*)::int as codes from invites.codes where expires_at = '2128-01-01'`)
  expect(rows).toEqual([{ codes: 5_000 }])
  await applyPendingExtensions(invites.app.database)
  const left = await db.owner.query(
    'select from invites.batches where extension_reached is not null',
  )
  expect(left.rowCount).toBe(0)
})
