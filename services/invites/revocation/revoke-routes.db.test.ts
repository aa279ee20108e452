import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { expireCodes } from '../batches/expire.ts'
import { asReader, countsOf, useInvites } from '../testing/invites.ts'
import { applyPending } from './apply.ts'

const db = useDatabase()
const invites = useInvites(db)

const reason = 'leaked'
const revoke = (code: string, why = reason) => invites.post(`${code}/revoke`, { reason: why })
const revokeBatch = (id: string) =>
  invites.post(`batches/${encodeURIComponent(id)}/revoke`, { reason })
const undo = (id: number) => invites.post(`revocations/${id}/undo`)
const statuses = async (codes: string[]) =>
  Promise.all(codes.map(async (code) => (await invites.get(`${code}/status`, {})).json().status))
const one = async (more: object = {}) => String((await invites.generate(more))[0])
const revocations = async () => countsOf(await invites.published('invites.revoked'))

describe('revoking a code', () => {
  test('revokes it with a reason; a repeated request gets the same reply and publishes nothing', async () => {
    const code = await one({ batch_id: 'a' })
    const first = await revoke(code.toLowerCase())
    expect(first.statusCode).toBe(200)
    expect(first.json()).toEqual({
      status: 'success',
      revocation_id: expect.any(Number),
      revoked_at: expect.any(String),
      reason,
      codes: 1,
    })
    expect((await revoke(code, 'another reason')).json()).toEqual(first.json())
    expect((await invites.redeem(code)).json().code).toBe('code_revoked')
    expect(await statuses([code])).toEqual(['revoked'])
    expect(await revocations()).toEqual({ a: 1 })
  })

  test('leaves its uses; a person who used it can repeat the request', async () => {
    const code = await one({ max_uses: 2 })
    await invites.redeem(code, 'early@example.com')
    await revoke(code)
    expect((await invites.redeem(code, 'early@example.com')).statusCode).toBe(200)
    expect((await invites.redeem(code, 'late@example.com')).statusCode).toBe(410)
    const { rows } = await db.owner.query('select email from invites.uses')
    expect(rows).toEqual([{ email: 'early@example.com' }])
  })

  test('fails for an unknown code, without a reason, and without the right key', async () => {
    const unknown = await revoke('VOBEE-000000000000')
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'invalid_code'])
    const code = await one()
    const bad = await invites.post(`${code}/revoke`, { reason: ' ', why: 1 })
    expect(bad.json().errors.map(({ path }: { path: string }) => path)).toEqual(['reason', 'why'])
    expect((await invites.post(`${code}/revoke`, { reason }, {})).statusCode).toBe(401)
    expect((await invites.post(`${code}/revoke`, { reason }, asReader)).statusCode).toBe(403)
    expect(await statuses([code])).toEqual(['active'])
  })

  test('is logged with the id of the code and the reason', async () => {
    const code = await one()
    await revoke(code)
    await revoke(code)
    const { rows } = await db.owner.query(
      `select actor, reason, subject = (select id::text from invites.codes) as by_id, details
       from invites.audit where act = 'invites.revoked'`,
    )
    expect(rows).toEqual([
      {
        actor: 'env',
        reason,
        by_id: true,
        details: { kind: 'code', codes: 1, revocation_id: expect.any(Number) },
      },
    ])
  })
})

describe('revoking a batch', () => {
  test('revokes the codes that were not revoked before, and publishes each once', async () => {
    const codes = await invites.generate({ batch_size: 25, batch_id: 'press / 2026' })
    const [first = '', second = ''] = codes
    const other = await one({ batch_id: 'other' })
    await revoke(first)
    await invites.redeem(second)
    const reply = await revokeBatch('press / 2026')
    expect(reply.json()).toMatchObject({ reason, codes: 24 })
    expect((await revokeBatch('press / 2026')).json()).toEqual(reply.json())
    expect(new Set(await statuses(codes))).toEqual(new Set(['revoked']))
    expect(await statuses([other])).toEqual(['active'])
    expect(await revocations()).toEqual({ 'press / 2026': 25 })
  })

  test('fails for an unknown batch', async () => {
    const reply = await revokeBatch('nothing')
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'unknown_batch'])
  })

  test('of a hundred thousand codes takes one request', { timeout: 60_000 }, async () => {
    await invites.post('generate', { batch_size: 100_000, batch_id: 'big' })
    expect((await revokeBatch('big')).json().codes).toBe(100_000)
    expect(await revocations()).toEqual({ big: 100_000 })
  })
})

describe('undoing', () => {
  test('restores the codes that the revocation revoked; a repeated request gets the same reply', async () => {
    const codes = await invites.generate({ batch_size: 3, batch_id: 'a' })
    const { revocation_id } = (await revokeBatch('a')).json()
    const undone = await undo(revocation_id)
    expect([undone.statusCode, undone.json()]).toEqual([
      200,
      { status: 'success', revocation_id, undone_at: expect.any(String), restored: 3 },
    ])
    expect((await undo(revocation_id)).json()).toEqual(undone.json())
    expect(await statuses(codes)).toEqual(['active', 'active', 'active'])
  })

  test('leaves codes that were revoked before, or by another revocation since', async () => {
    const codes = await invites.generate({ batch_size: 3, batch_id: 'a' })
    const [before = '', since = ''] = codes
    await revoke(before)
    const { revocation_id } = (await revokeBatch('a')).json()
    expect((await revoke(since)).json()).toMatchObject({ codes: 0 })
    expect((await undo(revocation_id)).json().restored).toBe(1)
    expect(await statuses(codes)).toEqual(['revoked', 'revoked', 'active'])
  })

  test('of the second of two revocations leaves the first', async () => {
    const codes = await invites.generate({ batch_size: 2, batch_id: 'a' })
    await revokeBatch('a')
    const { revocation_id } = (await revoke(String(codes[0]))).json()
    expect((await undo(revocation_id)).json().restored).toBe(0)
    expect(await statuses(codes)).toEqual(['revoked', 'revoked'])
  })

  test('and revoking again is a new revocation, which undoing the old one leaves unchanged', async () => {
    const code = await one()
    const first = (await revoke(code)).json()
    await undo(first.revocation_id)
    const second = (await revoke(code)).json()
    expect(second.revocation_id).not.toBe(first.revocation_id)
    await undo(first.revocation_id)
    expect(await statuses([code])).toEqual(['revoked'])
  })

  test('a code that expired meanwhile is published as expired, once', async () => {
    const [published = '', unpublished = ''] = await invites.generate({
      batch_size: 2,
      batch_id: 'a',
    })
    const end = (code: string) =>
      db.owner.query(`update invites.codes set expires_at = now() where code = $1`, [code])
    await end(published)
    await expireCodes(invites.app.database)
    const { revocation_id } = (await revokeBatch('a')).json()
    await end(unpublished)
    await expireCodes(invites.app.database)
    await undo(revocation_id)
    await expireCodes(invites.app.database)
    expect(countsOf(await invites.published('invites.expired'))).toEqual({ a: 2 })
    expect(await statuses([published, unpublished])).toEqual(['expired', 'expired'])
  })

  test('fails for an unknown revocation', async () => {
    const reply = await undo(4711)
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'unknown_revocation'])
    expect((await undo(0)).statusCode).toBe(400)
  })
})

test('a job applies what a process that ended has left', async () => {
  await invites.post('generate', { batch_size: 12_000, batch_id: 'a' })
  const stop = async (reached: number) => {
    await db.owner.query('update invites.revocations set reached = $1', [reached])
  }
  const revoked = async () =>
    (await db.owner.query('select from invites.codes where revoked_at is not null')).rowCount
  const { revocation_id, codes } = (await revokeBatch('a')).json()
  expect([codes, await revoked()]).toEqual([12_000, 12_000])
  await db.owner.query(`
    update invites.codes set revoked_at = null
    where id > (select min(id) + 5999 from invites.codes);
    update invites.revocations set codes = 6000`)
  const { rows } = await db.owner.query('select min(id) + 5999 as id from invites.codes')
  await stop(Number(rows[0].id))
  await applyPending(invites.app.database)
  expect(await revoked()).toBe(12_000)
  expect((await revokeBatch('a')).json().codes).toBe(12_000)
  expect((await undo(revocation_id)).json().restored).toBe(12_000)
})
