import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const days = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10)

test('a batch has its statistics, and no day is missing', async () => {
  const codes = (await invites.generate({ batch_size: 8, batch_id: 'a' })) as [string, ...string[]]
  for (const code of codes.slice(0, 4)) await invites.redeem(code)
  await invites.post(`${codes[3]}/revoke`, { reason: 'x' })
  await invites.post(`${codes[4]}/revoke`, { reason: 'x' })
  await db.owner.query(`update invites.codes set expires_at = now() where code = any ($1)`, [
    [codes[0], codes[5]],
  ])
  await db.owner.query(`
    update invites.batches
    set created_at = date_trunc('day', now(), 'utc') - interval '3 days';
    update invites.uses
    set used_at = created_at + make_interval(secs => (array[10, 20, 30, 2 * 86400])[place])
    from (
      select code_id as id, row_number() over (order by code_id) as place from invites.uses
    ) as placed, invites.batches
    where code_id = placed.id`)
  const { median_seconds_to_redeem, ...figures } = (await invites.get('batches/a')).json()
  expect(median_seconds_to_redeem).toBe(25)
  expect(figures).toMatchObject({
    batch_id: 'a',
    size: 8,
    issued: 8,
    redeemed: 4,
    used: 3,
    revoked: 2,
    expired: 1,
    active: 2,
    redemptions_by_day: [
      { day: days(3), count: 3 },
      { day: days(2), count: 0 },
      { day: days(1), count: 1 },
      { day: days(0), count: 0 },
    ],
  })
  expect(figures.p90_seconds_to_redeem).toBeCloseTo(30 + 0.7 * (2 * 86_400 - 30), 3)
})

test('a batch without uses has no times', async () => {
  await invites.generate({ batch_size: 2, batch_id: 'a' })
  expect((await invites.get('batches/a')).json()).toMatchObject({
    issued: 2,
    redeemed: 0,
    active: 2,
    median_seconds_to_redeem: null,
    p90_seconds_to_redeem: null,
    redemptions_by_day: [{ day: days(0), count: 0 }],
  })
})

test('an unknown batch is 404', async () => {
  const reply = await invites.get('batches/nothing')
  expect([reply.statusCode, reply.json().code]).toEqual([404, 'unknown_batch'])
})

test('a creator’s statistics are those of all codes that they created', async () => {
  const created_by = 'maria/press'
  const [single = ''] = await invites.generate({ batch_size: 2, created_by })
  const [open = ''] = await invites.generate({ created_by, max_uses: null })
  await invites.generate({ created_by: 'paul' })
  await invites.redeem(single)
  for (const name of ['a', 'b']) await invites.redeem(open, `${name}@example.com`)
  const path = `creators/${encodeURIComponent(created_by)}`
  const stats = (await invites.get(`${path}?limit=2`)).json()
  expect(stats).toMatchObject({
    created_by,
    total_uses: 3,
    total_codes: 3,
    active_codes: 2,
    invitations: [{ code: open, uses: 2, max_uses: null, uses_left: null }, { uses: 0 }],
  })
  const rest = (await invites.get(`${path}?limit=2&cursor=${stats.next}`)).json()
  expect(rest).toMatchObject({ invitations: [{ code: single, uses: 1 }], next: null })
  expect((await invites.get('creators/nobody')).json()).toEqual({
    created_by: 'nobody',
    total_uses: 0,
    total_codes: 0,
    active_codes: 0,
    invitations: [],
    next: null,
  })
})
