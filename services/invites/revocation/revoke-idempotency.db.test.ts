// Revoking and undoing again with the same Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const one = async () => String((await invites.generate())[0])

test('a repeated request to revoke has no effect after the revocation was undone', async () => {
  const code = await one()
  const undo = async () => {
    const { rows } = await db.owner.query('select id from invites.revocations')
    await invites.post(`revocations/${rows[0].id}/undo`)
  }
  await invites.twice(`${code}/revoke`, { reason: 'leaked' }, undo)
  expect((await invites.get(`${code}/status`, {})).json().status).toBe('active')
  expect(await invites.countLogged('invites.revoked')).toBe(1)
})

test('undoing, and revoking a tree, get the same reply again', async () => {
  const { revocation_id } = await invites.twice(`${await one()}/revoke-tree`, { reason: 'leaked' })
  await invites.twice(`revocations/${revocation_id}/undo`, {})
  expect(await invites.countLogged('invites.revocation_undone')).toBe(1)
})
