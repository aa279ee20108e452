import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites))
})
afterAll(() => app.close())

const post = (path: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/invites/${path}`, headers: asAdmin, payload })

const audit = async () => {
  const reply = await app.inject({ url: '/api/invites/status?audit=1', headers: asAdmin })
  const { status, audit } = reply.json()
  return { status, audit, off: audit.filter((one: { ok: boolean }) => !one.ok) }
}

const offNames = async () => (await audit()).off.map(({ name }: { name: string }) => name)

beforeEach(async () => {
  await db.empty()
  const limited = (await post('generate', { batch_size: 3, max_uses: 2 })).json().codes
  const unlimited = (await post('generate', { batch_size: 2, max_uses: null })).json().codes
  for (const [n, code] of [...limited, ...unlimited, ...limited].entries()) {
    await post('redeem', { code, email: `person${n}@example.com` })
  }
})

test('a consistency check of codes, redeemed or not, finds nothing wrong', async () => {
  expect(await audit()).toMatchObject({
    status: 'healthy',
    off: [],
    audit: [
      { name: 'uses', expected: 8, found: 8, wrong: 0, ok: true },
      { name: 'batch_sizes', expected: 5, found: 5, wrong: 0, ok: true },
      { name: 'recalled_codes', expected: 0, found: 0, wrong: 0, ok: true },
    ],
  })
  await db.empty()
  expect((await audit()).off).toEqual([])
})

test.each([
  ['update invites.codes set uses_left = uses_left + 1 where uses_left = 0', ['uses']],
  ['delete from invites.uses where code_id = (select min(id) from invites.codes)', ['uses']],
  [
    `insert into invites.uses (code_id, person, email)
     select min(id), 'one more', 'x' from invites.codes`,
    ['uses'],
  ],
  [`insert into invites.uses (code_id, person, email) values (0, 'of nothing', 'x')`, ['uses']],
  ['update invites.batches set size = size + 1 where max_uses is null', ['batch_sizes']],
  [
    `insert into invites.recalls (recall_id, batch, codes, revoked)
     select gen_random_uuid(), min(id), 3, 2 from invites.batches`,
    ['recalled_codes'],
  ],
])('an audit finds what %s did', async (harm, found) => {
  await db.owner.query(harm)
  expect(await offNames()).toEqual(found)
  expect((await audit()).status).toBe('degraded')
})
