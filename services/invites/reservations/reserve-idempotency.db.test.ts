// Reserving, confirming and cancelling again with the same Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const reservation = async () => {
  const [code] = await invites.generate()
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
