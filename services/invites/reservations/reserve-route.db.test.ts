import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { asReader, useInvites } from '../testing/invites.ts'
import { deleteExpiredReservations } from './delete-expired.ts'

const db = useDatabase()
const invites = useInvites(db)

const ada = 'ada@example.com'
const bob = 'bob@example.com'
const expireAll = () =>
  db.owner.query(`update invites.reservations set expires_at = now() - interval '1 second'`)

const one = async (more: object = {}) => String((await invites.generate(more))[0])
const reserve = (code: string, email = ada, more: object = {}) =>
  invites.post('reserve', { code, email, ...more })
const reserved = async (code: string, email = ada): Promise<string> =>
  (await reserve(code, email)).json().reservation_id
const confirm = (id: string) => invites.post(`reservations/${id}/confirm`)
const cancel = (id: string) => invites.post(`reservations/${id}/cancel`)
const refused = async (reply: ReturnType<typeof confirm>) => {
  const { statusCode, headers, json } = await reply
  expect(headers['content-type']).toBe('application/problem+json')
  return [statusCode, json().code]
}
const uses = async () =>
  (await db.owner.query('select email from invites.uses order by email')).rows.map(
    ({ email }) => email,
  )
const left = async () =>
  (await db.owner.query('select uses_left from invites.codes')).rows[0].uses_left

describe('reserving', () => {
  test('reserves a use for ten minutes, and uses none', async () => {
    const code = await one()
    const reply = await reserve(code.toLowerCase())
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({
      status: 'success',
      reservation_id: expect.any(String),
      code,
      email: ada,
      state: 'active',
      expires_at: expect.any(String),
    })
    const { rows } = await db.owner.query(
      `select extract(epoch from expires_at - created_at)::float8 as ttl from invites.reservations`,
    )
    expect(rows).toEqual([{ ttl: 600 }])
    expect([await left(), await uses()]).toEqual([1, []])
  })

  test('nobody else gets the use meanwhile; the error says when it may be free', async () => {
    const code = await one()
    await reserve(code, ada, { ttl: 60 })
    for (const reply of [await invites.redeem(code, bob), await reserve(code, bob)]) {
      expect([reply.statusCode, reply.json().code]).toEqual([409, 'code_reserved'])
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(50)
      expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
    const validated = await invites.post('validate', { code }, {})
    expect(validated.json()).toMatchObject({
      is_valid: false,
      status: 'active',
      reason: 'code_reserved',
      remaining_uses: 0,
    })
  })

  test('leaves the uses that are not reserved to everybody', async () => {
    const code = await one({ max_uses: 3 })
    await reserve(code)
    expect((await invites.post('validate', { code }, {})).json()).toMatchObject({
      is_valid: true,
      remaining_uses: 2,
    })
    expect((await invites.redeem(code, bob)).statusCode).toBe(200)
    expect((await invites.redeem(code, 'carol@example.com')).statusCode).toBe(200)
    expect(await refused(invites.redeem(code, 'dan@example.com'))).toEqual([409, 'code_reserved'])
    expect((await invites.redeem(code, ada)).statusCode).toBe(200)
    expect(await refused(invites.redeem(code, 'dan@example.com'))).toEqual([
      409,
      'code_already_used',
    ])
  })

  test('releases the use automatically when the reservation expires', async () => {
    const code = await one()
    await reserve(code)
    await expireAll()
    expect((await invites.redeem(code, bob)).statusCode).toBe(200)
    expect(await uses()).toEqual([bob])
  })

  test('twice for the same person is the same reservation', async () => {
    const code = await one()
    const first = (await reserve(code)).json()
    const again = (await reserve(code, 'Ada+tag@Example.com', { ttl: 3600 })).json()
    expect([again.reservation_id, again.expires_at]).toEqual([
      first.reservation_id,
      first.expires_at,
    ])
    await expireAll()
    expect((await reserve(code)).json().reservation_id).not.toBe(first.reservation_id)
  })

  test('expires no later than the code', async () => {
    const code = await one({ expires_in_days: 1 })
    const { expires_at } = (await reserve(code, ada, { ttl: 604_800 })).json()
    const { rows } = await db.owner.query('select expires_at from invites.codes')
    expect(expires_at).toBe(rows[0].expires_at.toISOString())
  })

  test('an unlimited code can be reserved by everybody at once', async () => {
    const code = await one({ max_uses: null })
    const ids = [await reserved(code, ada), await reserved(code, bob)]
    for (const id of ids) expect((await confirm(id)).statusCode).toBe(200)
    expect(await uses()).toEqual([ada, bob])
  })

  test('fails with the errors of redeeming', async () => {
    expect(await refused(reserve('VOBEE-000000000000'))).toEqual([404, 'invalid_code'])
    expect(await refused(reserve(await one({ issued_to: bob })))).toEqual([403, 'code_not_yours'])
    const [used, expired, revoked] = await invites.generate({ batch_size: 3 })
    await invites.redeem(String(used), bob)
    expect(await refused(reserve(String(used)))).toEqual([409, 'code_already_used'])
    await db.owner.query('update invites.codes set expires_at = now() where code = $1', [expired])
    expect(await refused(reserve(String(expired)))).toEqual([410, 'code_expired'])
    await db.owner.query('update invites.codes set revoked_at = now() where code = $1', [revoked])
    expect(await refused(reserve(String(revoked)))).toEqual([410, 'code_revoked'])
  })

  test('reports every error of its input, and needs a key that may write', async () => {
    const bad = await invites.post('reserve', { code: '', email: 'x', ttl: 604_801, more: 1 })
    expect(bad.statusCode).toBe(400)
    expect(bad.json().errors.map(({ path }: { path: string }) => path)).toEqual([
      'code',
      'email',
      'ttl',
      'more',
    ])
    const asked = { code: await one(), email: ada }
    expect((await invites.post('reserve', asked, {})).statusCode).toBe(401)
    expect((await invites.post('reserve', asked, asReader)).statusCode).toBe(403)
  })
})

describe('confirming', () => {
  test('replies as redeeming does, also when repeated, and publishes the use once', async () => {
    const code = await one()
    const id = await reserved(code)
    const answer = {
      status: 'success',
      message: 'Invite code redeemed successfully',
      email: ada,
      remaining_uses: 0,
    }
    for (const reply of [await confirm(id), await confirm(id)]) {
      expect([reply.statusCode, reply.json()]).toEqual([200, answer])
    }
    await expireAll()
    expect((await confirm(id)).json()).toEqual(answer)
    expect([await left(), await uses()]).toEqual([0, [ada]])
    expect(await invites.published('invites.used')).toHaveLength(1)
    expect(await invites.published('invites.limit_reached')).toHaveLength(1)
  })

  test('a person with a reservation can also redeem: the reservation becomes that use', async () => {
    const code = await one()
    const id = await reserved(code)
    expect((await invites.redeem(code, ada)).statusCode).toBe(200)
    expect((await confirm(id)).statusCode).toBe(200)
    expect(await refused(cancel(id))).toEqual([409, 'reservation_confirmed'])
    expect([await left(), await uses()]).toEqual([0, [ada]])
  })

  test('fails after the reservation expired, though the use is still free', async () => {
    const id = await reserved(await one())
    await expireAll()
    expect(await refused(confirm(id))).toEqual([410, 'reservation_expired'])
    expect(await uses()).toEqual([])
  })

  test('fails if the code was revoked, and leaves the reservation unchanged', async () => {
    const code = await one()
    const id = await reserved(code)
    await db.owner.query('update invites.codes set revoked_at = now()')
    expect(await refused(confirm(id))).toEqual([410, 'code_revoked'])
    await db.owner.query('update invites.codes set revoked_at = null')
    expect((await confirm(id)).statusCode).toBe(200)
  })

  test('an unknown reservation is 404, an invalid id is 400', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await refused(confirm(id))).toEqual([404, 'unknown_reservation'])
    expect(await refused(cancel(id))).toEqual([404, 'unknown_reservation'])
    expect(await refused(confirm('1'))).toEqual([400, 'invalid_input'])
  })
})

describe('cancelling', () => {
  test('releases the use at once; a repeated request gets the same reply', async () => {
    const code = await one()
    const id = await reserved(code)
    for (const reply of [await cancel(id), await cancel(id)]) {
      expect([reply.statusCode, reply.json()]).toEqual([
        200,
        { status: 'success', message: 'Reservation cancelled', reservation_id: id },
      ])
    }
    expect((await invites.redeem(code, bob)).statusCode).toBe(200)
    expect(await refused(confirm(id))).toEqual([409, 'reservation_cancelled'])
    expect((await cancel(id)).statusCode).toBe(200)
  })

  test('does not release a use that was confirmed', async () => {
    const id = await reserved(await one())
    await confirm(id)
    expect(await refused(cancel(id))).toEqual([409, 'reservation_confirmed'])
    expect(await uses()).toEqual([ada])
  })
})

test('each action of a key is logged, without the address or the code', async () => {
  const code = await one({ max_uses: 2 })
  const ids = [await reserved(code, ada), await reserved(code, bob)]
  await reserve(code, ada)
  await confirm(String(ids[0]))
  await confirm(String(ids[0]))
  await cancel(String(ids[1]))
  const { rows } = await db.owner.query(
    'select act, subject, actor, details::text from invites.audit order by id offset 1',
  )
  expect(rows.map(({ act, subject, actor }) => [act, subject, actor])).toEqual([
    ['invites.reserved', ids[0], 'env'],
    ['invites.reserved', ids[1], 'env'],
    ['invites.confirmed', ids[0], 'env'],
    ['invites.cancelled', ids[1], 'env'],
  ])
  expect(JSON.stringify(rows)).not.toMatch(new RegExp(`example|${code}`))
})

test('reservations are deleted a month after they expired', async () => {
  const code = await one({ max_uses: 3 })
  await reserve(code, ada)
  await reserve(code, bob)
  await db.owner.query(
    `update invites.reservations set expires_at = now() - interval '31 days' where email = $1`,
    [ada],
  )
  await deleteExpiredReservations(invites.app.database, 30, 1)
  const { rows } = await db.owner.query('select email from invites.reservations')
  expect(rows).toEqual([{ email: bob }])
})
