import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { countsOf, useInvites } from '../testing/invites.ts'
import { expireCodes } from './expire.ts'

const db = useDatabase()
const invites = useInvites(db)

describe('codes that expire', () => {
  const expireAll = () =>
    db.owner.query(`update invites.codes set expires_at = now() - interval '1 second'`)

  test('are published once each, in chunks, by batch', async () => {
    await invites.generate({ batch_size: 25, batch_id: 'a' })
    await invites.generate({ batch_size: 5, batch_id: 'b' })
    await expireAll()
    await invites.generate({ batch_size: 5, batch_id: 'still good' })
    await Promise.all([
      expireCodes(invites.app.database, 10),
      expireCodes(invites.app.database, 10),
    ])
    await expireCodes(invites.app.database, 10)
    const counts = countsOf(await invites.published('invites.expired'))
    expect(counts).toEqual({ a: 25, b: 5 })
  })

  test('are not published if they were used up or revoked before', async () => {
    const [used, revoked] = await invites.generate({ batch_size: 2 })
    await invites.redeem(String(used), 'user@example.com')
    await db.owner.query('update invites.codes set revoked_at = now() where code = $1', [revoked])
    await expireAll()
    await expireCodes(invites.app.database)
    expect(await invites.published('invites.expired')).toEqual([])
  })
})
