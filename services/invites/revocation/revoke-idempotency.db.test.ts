// Revoking and undoing again with the same Idempotency-Key, and finding out what to undo.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { asReader, useInvites } from '../testing/invites.ts'

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

test('revocations are listed newest first, with what an undo needs', async () => {
  const code = await one()
  await invites.generate({ batch_size: 2, batch_id: 'press' })
  await invites.post(`${code}/revoke`, { reason: 'leaked' })
  await invites.post('batches/press/revoke', { reason: 'press is over' })
  await invites.post('revocations/1/undo')
  const list = async (query = '') => (await invites.get(`revocations${query}`)).json()
  const page = await list('?limit=1')
  expect(page.revocations).toEqual([
    {
      revocation_id: 2,
      kind: 'batch',
      target: 'press',
      reason: 'press is over',
      revoked_by: 'env',
      revoked_at: expect.any(String),
      codes: 2,
      pending: false,
      undone_at: null,
      undone_by: null,
      restored: 0,
    },
  ])
  const rest = await list(`?limit=1&cursor=${page.next}`)
  expect(rest).toMatchObject({
    revocations: [
      {
        kind: 'code',
        target: code,
        codes: 1,
        undone_by: 'env',
        undone_at: expect.any(String),
        restored: 1,
      },
    ],
    next: null,
  })
  expect(await list('?undone=true')).toEqual(rest)
  expect((await list('?undone=false')).revocations).toEqual(page.revocations)
  const file = await invites.get('revocations', { ...asReader, accept: 'text/csv' })
  expect(file.body.split('\r\n')[1]).toMatch(/^2,batch,press,press is over,env,/)
  expect((await invites.get('revocations', {})).statusCode).toBe(401)
})
