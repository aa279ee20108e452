import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
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

  test('are exported as NDJSON, all of them, with the members of the list', async () => {
    await db.owner.query(`
      insert into invites.batches (batch_id, size, created_by, metadata, expires_at)
      select 'b' || n, 1, 'paul', '{}', null from generate_series(1, 1001) as n`)
    const file = await invites.get('batches', { ...asAdmin, accept: 'application/x-ndjson' })
    const rows = file.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(1001)
    const [newest] = (await invites.get('batches?limit=1')).json().batches
    expect(rows[0]).toEqual(newest)
  })

  test('need a key that may read', async () => {
    await invites.generate({ batch_id: 'a' })
    for (const path of ['codes', 'batches', 'batches/a', 'creators/env']) {
      expect((await invites.get(path, {})).statusCode).toBe(401)
      expect((await invites.get(path, asReader)).statusCode).toBe(200)
    }
  })
})
