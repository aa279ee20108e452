// Reserving, confirming and cancelling again with the same Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { asReader, useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const reservation = async () => {
  const [code = ''] = await invites.generate()
  return { code, email: 'ada@example.com' }
}

test('a repeated request to reserve gets the same reservation', async () => {
  await invites.twice('reserve', { ...(await reservation()), ttl: 60 })
  const { rows } = await db.owner.query('select count(*)::int as n from invites.reservations')
  expect(rows).toEqual([{ n: 1 }])
})

test('a reservation is confirmed once, another is cancelled once', async () => {
  const reserve = async () =>
    (await invites.post('reserve', await reservation())).json().reservation_id
  await invites.twice(`reservations/${await reserve()}/confirm`, {})
  await invites.twice(`reservations/${await reserve()}/cancel`, {})
  expect(await invites.countLogged('invites.confirmed')).toBe(1)
  expect(await invites.countLogged('invites.cancelled')).toBe(1)
})

let body: ReturnType<typeof reservation>
const expire = () =>
  db.owner.query(`update invites.reservations set expires_at = now() - interval '1 second'`)

test.each([
  ['confirmed', (id: string) => invites.post(`reservations/${id}/confirm`)],
  ['confirmed', async () => invites.redeem((await body).code, 'ada@example.com')],
  ['cancelled', (id: string) => invites.post(`reservations/${id}/cancel`)],
  ['expired', expire],
] as const)('a repeated request to reserve says that the reservation is %s', async (state, end) => {
  body = reservation()
  const headers = { ...asAdmin, 'idempotency-key': 'k' }
  const reserve = async () => invites.post('reserve', await body, headers)
  const first = await reserve()
  expect(first.json()).toMatchObject({ state: 'active' })
  await end(first.json().reservation_id)
  if (state !== 'expired') await expire()
  const again = await reserve()
  expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true'])
  expect(again.json()).toEqual({ ...first.json(), state, expires_at: expect.any(String) })
  const read = await invites.get(`reservations/${first.json().reservation_id}`)
  expect(read.json()).toMatchObject({ ...(await body), state, created_at: expect.any(String) })
})
test('a reservation is read with the scope that reserves', async () => {
  const id = (await invites.post('reserve', await reservation())).json().reservation_id
  expect((await invites.get(`reservations/${id}`, asReader)).statusCode).toBe(403)
  const unknown = await invites.get(`reservations/${crypto.randomUUID()}`)
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown_reservation'])
})
