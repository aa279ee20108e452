// The same act again with its Idempotency-Key: one effect, one answer.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const one = async () => String((await invites.generate())[0])

/** Asks twice with one key, with `between` done in between. */
const twice = async (path: string, payload: object, between = async () => {}) => {
  const headers = { ...asAdmin, 'idempotency-key': crypto.randomUUID() }
  const first = await invites.post(path, payload, headers)
  await between()
  const again = await invites.post(path, payload, headers)
  expect(again.headers['idempotent-replayed']).toBe('true')
  expect([again.statusCode, again.json()]).toEqual([first.statusCode, first.json()])
  return first.json()
}

const acts = async (act: string) =>
  (await db.owner.query('select from invites.audit where act = $1', [act])).rowCount

test('revoking is not done anew after it was undone', async () => {
  const code = await one()
  const undo = async () => {
    const { rows } = await db.owner.query('select id from invites.revocations')
    await invites.post(`revocations/${rows[0].id}/undo`)
  }
  await twice(`${code}/revoke`, { reason: 'leaked' }, undo)
  expect((await invites.get(`${code}/status`, {})).json().status).toBe('active')
  expect(await acts('invites.revoked')).toBe(1)
})

test('undoing and revoking a tree answer the same', async () => {
  const { revocation_id } = await twice(`${await one()}/revoke-tree`, { reason: 'leaked' })
  await twice(`revocations/${revocation_id}/undo`, {})
  expect(await acts('invites.revocation_undone')).toBe(1)
})

test('days are given once', async () => {
  const code = await one()
  const { expires_at } = await twice(`${code}/extend`, { expires_in_days: 3 })
  expect((await invites.get(`${code}/status`, {})).json().expires_at).toBe(expires_at)
  expect(await acts('invites.extended')).toBe(1)
})

test('a reservation is confirmed, another cancelled, once', async () => {
  const reserve = async () =>
    (await invites.post('reserve', { code: await one(), email: 'ada@example.com' })).json()
      .reservation_id
  await twice(`reservations/${await reserve()}/confirm`, {})
  await twice(`reservations/${await reserve()}/cancel`, {})
  expect(await acts('invites.confirmed')).toBe(1)
  expect(await acts('invites.cancelled')).toBe(1)
})
