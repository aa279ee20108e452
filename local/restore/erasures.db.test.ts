// Erasures after a restore: which of a list are applied again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { erasedCommand } from '@vobee/database/backup/erased-command'
import { readErasures } from '@vobee/database/backup/erasure-list'
import { openDatabase } from '@vobee/shared/data/database'
import { personKeys } from '@vobee/shared/privacy/email'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyErasures } from './apply-erasures.ts'

const db = useDatabase()
const personKey = personKeys(PERSON_KEY_SECRET)
const ada = personKey('ada@example.com')
let pool: ReturnType<typeof openDatabase>
let file: string

beforeAll(async () => {
  pool = openDatabase(db.ownerUrl, { name: 'test', max: 2, log: { error: () => {} } })
  file = join(await mkdtemp(join(tmpdir(), 'vobee-erased-')), 'erased')
})
afterAll(async () => {
  await pool.end()
  await rm(join(file, '..'), { recursive: true })
})
beforeEach(db.empty)

const erased = async (...args: string[]) => {
  const printed: string[] = []
  const code = await erasedCommand(args, {
    open: async () => ({ url: db.ownerUrl, close: async () => {} }),
    print: (line) => printed.push(line),
    say: () => {},
  })
  return { code, printed }
}

/** Records an erasure, writes the list and forgets it, as a restored backup does. */
const listed = async (service: 'waitlist' | 'invites' = 'waitlist') => {
  await recordErasures(pool, service, { people: [ada], personKey })
  const { printed } = await erased()
  await writeFile(file, `${printed.join('\n')}\n${printed.join('\n')}\n`)
  await db.owner.query(`delete from ${service}.erasures`)
  return readErasures([file], personKey)
}

const apply = (erasures: Awaited<ReturnType<typeof listed>>, takenAt = '2026-01-01 00:00:00+00') =>
  applyErasures(pool, { erasures, takenAt, personKey })

const events = async (service: string) =>
  (await db.owner.query(`select payload ->> 'person' as person from ${service}.inbox`)).rows

test('an erasure that the backup lacks is applied once, in every service', async () => {
  const erasures = await listed()
  expect(erasures).toMatchObject([{ service: 'waitlist', person: ada }])
  expect(await apply(erasures)).toBe(1)
  expect(await apply(erasures)).toBe(0)
  for (const service of ['invites', 'referrals', 'quality_gates'])
    expect(await events(service)).toEqual([{ person: ada }])
})

test('an erasure from one service is applied there only', async () => {
  expect(await apply(await listed('invites'))).toBe(1)
  expect([await events('invites'), await events('referrals')]).toEqual([[{ person: ada }], []])
})

test('an erasure before the backup is not applied: the person may have joined again', async () => {
  const erasures = await listed()
  expect(await apply(erasures, new Date(Date.now() + 3_600_000).toISOString())).toBe(0)
  await db.owner.query(`insert into waitlist.erasures (id, person) select $1, '\\x00'`, [
    erasures[0]?.id,
  ])
  expect(await apply(erasures)).toBe(0)
  expect(await events('invites')).toEqual([])
})

test('a list shows only what happened since a time, and a wrong time is code 2', async () => {
  await listed()
  await recordErasures(pool, 'waitlist', { people: [ada], personKey })
  await db.owner.query(`update waitlist.erasures set erased_at = now() - interval '3 days'`)
  expect((await erased('--since', '2d')).printed).toEqual([])
  expect((await erased('--since', '96h')).printed).toHaveLength(1)
  expect(await erased('--since', 'never')).toEqual({ code: 2, printed: [] })
})

test('a line that is no erasure, or was made with another secret, is named', async () => {
  await listed()
  const other = personKeys('another-secret-of-more-than-32-characters')
  await expect(readErasures([file], other)).rejects.toThrow('erased, line 1:')
  await writeFile(file, '\n{"service": "wait')
  await expect(readErasures([file], personKey)).rejects.toThrow('erased, line 2:')
})
