import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { asReader, useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

describe('batches', () => {
  test('are listed newest first, and filtered by creator', async () => {
    for (const batch_id of ['a', 'b', 'c']) {
      await invites.generate({ batch_id, created_by: batch_id === 'b' ? 'maria' : 'paul' })
    }
    const page = (await invites.get('batches?limit=2')).json()
    expect(page.batches.map((batch: { batch_id: string }) => batch.batch_id)).toEqual(['c', 'b'])
    expect(page.batches[1]).toEqual({
      batch_id: 'b',
      size: 1,
      max_uses: 1,
      expires_at: expect.any(String),
      created_by: 'maria',
      created_at: expect.any(String),
      metadata: {},
      override_reason: null,
    })
    const rest = (await invites.get(`batches?limit=2&cursor=${page.next}`)).json()
    expect([rest.batches[0].batch_id, rest.next]).toEqual(['a', null])
    const ofMaria = (await invites.get('batches?created_by=maria')).json()
    expect(ofMaria.batches).toHaveLength(1)
  })

  test('need a key that may read', async () => {
    await invites.generate({ batch_id: 'a' })
    for (const path of ['codes', 'batches', 'batches/a', 'creators/env']) {
      expect((await invites.get(path, {})).statusCode).toBe(401)
      expect((await invites.get(path, asReader)).statusCode).toBe(200)
    }
  })
})
