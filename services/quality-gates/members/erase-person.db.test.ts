// Quality gates keep counts: of a person they hold at most what they were told and did not hear,
// and what admins wrote.
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { useQuality } from '../testing/service.ts'

const db = useDatabase()
const quality = useQuality(db)
const person = personKeys(PERSON_KEY_SECRET)('ada@example.com')
const pseudonym = 'erased-0123'

const tell = (event: string, payload: object) =>
  db.owner.query('select quality_gates.publish($1, $2)', [event, payload])

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
  await tell('person.erased', { person, pseudonym, at: new Date().toISOString() })
  while ((await quality.app.inbox.processBatch()) !== 0);
  await db.owner.query('update quality_gates.inbox set try_at = now()')
  while ((await quality.app.inbox.processBatch()) !== 0);
  expect(await inbox()).toEqual([
    { event: 'invites.used', payload: `{"of": "${pseudonym}", "uses": "broken"}` },
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

const others = 'not linda.ada@example.com'

const pauseFor = async (address: string) => {
  await quality.post('metrics', { churn_rate: 0.01, window: address })
  await quality.post('pause', { reason: `${address} asked,\n${others}` })
}

/** What admins wrote, wherever it stands. */
const words = async () => {
  const { rows } = await db.owner.query(
    `select by_hand ->> 'reason' as words from quality_gates.gate
     union all select reason from quality_gates.evaluations where reason is not null
     union all select reason from quality_gates.audit where reason is not null
     union all select period from quality_gates.reports`,
  )
  return rows.map(({ words }) => words)
}

test('an erased person is renamed in what admins wrote, however the address is spelt', async () => {
  await pauseFor('Ada+News@EXAMPLE.com')
  await tell('person.erased', { person, pseudonym, at: new Date().toISOString() })
  while ((await quality.app.inbox.processBatch()) !== 0);
  const renamed = `${pseudonym} asked,\n${others}`
  expect(await words()).toEqual([renamed, renamed, renamed, pseudonym])
  expect((await quality.post('evaluate-gate', {})).json().by_hand.reason).toBe(renamed)
})

test('a member erases themselves from what admins wrote', async () => {
  await pauseFor('ADA@example.com')
  const headers = asMember('ada+vobee@example.com')
  await quality.app.inject({ method: 'DELETE', url: '/api/quality/me', headers })
  const found = await words()
  expect(found.filter((text) => /^erased-[0-9a-f]{24}/.test(text))).toHaveLength(4)
  expect(found.filter((text) => text.endsWith(others))).toHaveLength(3)
})
