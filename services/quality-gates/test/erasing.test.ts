// Quality gates keep counts: of a person they hold at most what they were told and did not hear.
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { beforeEach, expect, test } from 'vitest'
import { useQuality } from './quality.ts'

const db = useDatabase()
const quality = useQuality(db)
const person = 'the-person-key-of-somebody'
const tombstone = 'erased-0123'

beforeEach(() => db.owner.query('truncate quality_gates.erased'))

const tell = (event: string, payload: object) =>
  db.owner.query('select quality_gates.hear($1, $2)', [event, payload])

const used = () =>
  tell('invites.used', {
    uses: [
      {
        use_id: '00000000-0000-4000-8000-000000000001',
        person,
        batch_id: 'B',
        grant_id: null,
        at: new Date().toISOString(),
      },
    ],
  })

const inbox = async () =>
  (await db.owner.query('select event, payload::text from quality_gates.inbox order by id')).rows

test('an erased person is renamed in what waits, and what is counted stays', async () => {
  await used()
  await tell('invites.used', { uses: 'broken', of: person })
  await tell('person.erased', { person, tombstone, at: new Date().toISOString() })
  while ((await quality.app.inbox.hear()) !== 0);
  await db.owner.query('update quality_gates.inbox set try_at = now()')
  while ((await quality.app.inbox.hear()) !== 0);
  expect(await inbox()).toEqual([
    { event: 'invites.used', payload: `{"of": "${tombstone}", "uses": "broken"}` },
  ])
  const { rows } = await db.owner.query('select kind, count from quality_gates.daily_counts')
  expect(rows).toEqual([{ kind: 'invites.used', count: '1' }])
})

test('a member finds nothing kept of them, and may erase what has not been heard', async () => {
  const headers = asMember('ada@example.com')
  const kept = await quality.app.inject({ url: '/api/quality/me/export', headers })
  expect([kept.statusCode, kept.json()]).toEqual([
    200,
    { service: 'quality-gates', exported_at: expect.any(String), records: [] },
  ])
  const reply = await quality.app.inject({ method: 'DELETE', url: '/api/quality/me', headers })
  expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success' }])
})
