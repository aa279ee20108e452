// Addresses in the names of batches and creators, which are rejected now, and in what admins write:
// both are removed where they are stored.
import { readFileSync } from 'node:fs'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { beforeEach, expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const person = personKeys(PERSON_KEY_SECRET)('ada@example.com')

// As version 0.2.0 stored them.
const old = { batch_id: 'for Ada@example.com', created_by: 'press (ada+x@example.com), bob@x.org' }

beforeEach(async () => {
  await invites.generate({ batch_id: 'old' })
  await db.owner.query('update invites.batches set batch_id = $1, created_by = $2', [
    old.batch_id,
    old.created_by,
  ])
})

const stored = async () => {
  const { rows } = await db.owner.query(
    `select batch_id = 'redacted-' || id as is_redacted, created_by from invites.batches`,
  )
  return rows
}

test('generate accepts no address in a name, and says so', async () => {
  const body = { batch_size: 1, ...old }
  const reply = await invites.post('generate', body)
  expect(reply.statusCode).toBe(400)
  const message = 'must not contain an e-mail address'
  expect(reply.json().errors).toEqual([
    { path: 'batch_id', message },
    { path: 'created_by', message },
  ])
  expect(await stored()).toHaveLength(1)
})

const pseudonym = 'erased-1'

const erase = async () => {
  const event = { person, pseudonym, at: new Date().toISOString() }
  await db.owner.query(`select invites.publish('person.erased', $1)`, [event])
  while (await invites.app.inbox.processBatch()) {}
}

test('an erased person is named neither by a batch nor by its creator', async () => {
  await erase()
  expect(await stored()).toEqual([{ is_redacted: true, created_by: 'press (erased-1), bob@x.org' }])
})

test('an erased person is found in free text of admins, however the address is spelled, stored here or not', async () => {
  const named = `"ADA+Work@Example.COM",\nada@example.com; 'ada+x@example.com'.`
  const others = `linda.ada@example.com o'ada@example.com ada@example.com.eu ada@example.org`
  const words = `${named} ${others}`
  await invites.generate({ batch_id: 'named', metadata: { 'of Ada@example.com': words } })
  const override = { override_gate: true, reason: words }
  await db.owner.query('update invites.gate set open = false')
  await invites.generate({ batch_id: 'forced', ...override })
  await invites.post('batches/named/revoke', { reason: words })
  await erase()
  await db.owner.query('update invites.gate set open = true')
  const { rows } = await db.owner.query(
    `select metadata, override_reason as words from invites.batches where batch_id = 'named'
     union all select metadata, override_reason from invites.batches where batch_id = 'forced'
     union all select null, reason from invites.revocations
     union all select null, reason from invites.audit where reason is not null`,
  )
  const renamed = `"${pseudonym}",\n${pseudonym}; '${pseudonym}'. ${others}`
  expect(rows).toEqual([
    { metadata: { [`of ${pseudonym}`]: renamed }, words: null },
    { metadata: {}, words: renamed },
    ...[renamed, renamed, renamed].map((words) => ({ metadata: null, words })),
  ])
})

test('the migration gives such batches another name, in the audit log too', async () => {
  const log = (subject: string) =>
    db.owner.query(
      `insert into invites.audit (actor, key_id, act, subject, address, request_id)
       values ('env', 'env', 'invites.generated', $1, '127.0.0.1', 'r')`,
      [subject],
    )
  for (const subject of [old.batch_id, 'gone@example.com', 'another']) await log(subject)
  const file = '../migrations/010_addresses.sql'
  const migration = readFileSync(new URL(file, import.meta.url), 'utf8')
  await db.owner.query(`begin; set local search_path to invites; ${migration}; commit`)
  expect(await stored()).toEqual([{ is_redacted: true, created_by: old.created_by }])
  const { rows } = await db.owner.query(
    `select subject from invites.audit where act = 'invites.generated' order by audit.id`,
  )
  const [{ batch_id }] = (await db.owner.query('select batch_id from invites.batches')).rows
  expect(rows.map(({ subject }) => subject)).toEqual(['old', batch_id, 'redacted', 'another'])
})
