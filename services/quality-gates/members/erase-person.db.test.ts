// Quality gates store counts. Only waiting events and the text of admins can name a person.
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

const publish = (event: string, payload: object) =>
  db.owner.query('select quality_gates.publish($1, $2)', [event, payload])

const used = () =>
  publish('invites.used', {
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

test('an erased person is pseudonymized in waiting events, and counts stay', async () => {
  await used()
  await publish('invites.used', { uses: 'broken', of: person })
  await publish('person.erased', { person, pseudonym, at: new Date().toISOString() })
  await quality.processAll()
  await db.owner.query('update quality_gates.inbox set try_at = now()')
  await quality.processAll()
  expect(await inbox()).toEqual([
    { event: 'invites.used', payload: `{"of": "${pseudonym}", "uses": "broken"}` },
  ])
  const { rows } = await db.owner.query('select kind, count from quality_gates.daily_counts')
  expect(rows).toEqual([{ kind: 'invites.used', count: '1' }])
})

test('a member exports no records and can erase themselves', async () => {
  const headers = asMember('ada@example.com')
  const exported = await quality.app.inject({ url: '/api/quality/me/export', headers })
  expect([exported.statusCode, exported.json()]).toEqual([
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

/** Returns all text that admins wrote. */
const adminTexts = async () => {
  const { rows } = await db.owner.query(
    `select by_hand ->> 'reason' as text from quality_gates.gate
     union all select reason from quality_gates.evaluations where reason is not null
     union all select reason from quality_gates.audit where reason is not null
     union all select period from quality_gates.reports`,
  )
  return rows.map(({ text }) => text)
}

test('an erased person is redacted in the text of admins, in any spelling of the address', async () => {
  await pauseFor('Ada+News@EXAMPLE.com')
  await publish('person.erased', { person, pseudonym, at: new Date().toISOString() })
  await quality.processAll()
  const redacted = `${pseudonym} asked,\n${others}`
  expect(await adminTexts()).toEqual([redacted, redacted, redacted, pseudonym])
  expect((await quality.post('evaluate-gate', {})).json().by_hand.reason).toBe(redacted)
})

test('a member erases themselves from the text of admins', async () => {
  await pauseFor('ADA@example.com')
  const headers = asMember('ada+vobee@example.com')
  await quality.app.inject({ method: 'DELETE', url: '/api/quality/me', headers })
  const found = await adminTexts()
  expect(found.filter((text) => /^erased-[0-9a-f]{24}/.test(text))).toHaveLength(4)
  expect(found.filter((text) => text.endsWith(others))).toHaveLength(3)
})
