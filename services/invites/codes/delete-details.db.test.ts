import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { useGrants } from '../testing/grants.ts'
import { useInvites } from '../testing/invites.ts'
import { deleteCodeDetails } from './delete-details.ts'

const db = useDatabase()
const invites = useInvites(db)

const owned = { issued_to: 'owner@example.com', mail: false }

/** Returns what callers learn about codes and batches, without addresses and times. */
const answers = async (codes: string[]) => {
  const one = async (code: string) => [
    (await invites.post('validate', { code }, {})).json().detail,
    (await invites.redeem(code, 'other@example.com')).json().code,
    (await invites.get(`${code}/status`)).json(),
  ]
  const stats = (await invites.get('batches/a')).json()
  const check = (await invites.get('status?audit=1')).json()
  return { stats, check, codes: await Promise.all(codes.map(one)) }
}

const addresses = async () => {
  const { rows } = await db.owner.query(`
    select issued_to as address from invites.codes where issued_to is not null
    union all select owner_masked from invites.batches where owner_masked is not null
    union all select email from invites.uses where email is not null order by 1`)
  return rows.map(({ address }) => address)
}

const { grant } = useGrants(db, () => invites.app)

test('addresses of codes that ended over a year ago are deleted, and the codes answer as before', async () => {
  const codes = await invites.generate({ batch_size: 4, batch_id: 'a', ...owned })
  const [used, expired, revoked, usedLately] = codes as [string, string, string, string]
  for (const code of [used, usedLately]) await invites.redeem(code, 'owner@example.com')
  await invites.post(`${revoked}/revoke`, { reason: 'x' })
  const [shared] = (await invites.generate({ max_uses: null })) as [string]
  for (const name of ['n1', 'n2', 'n3']) await invites.redeem(shared, `${name}@example.com`)
  const [ended, open] = [await grant(2), await grant(2, 'bob')]
  const old = `now() - interval '366 days'`
  await db.owner.query(`update invites.codes set revoked_at = ${old} where revoked_at is not null`)
  await db.owner.query(`update invites.codes set expires_at = ${old} where code = $1`, [expired])
  await db.owner.query(
    `update invites.codes set expires_at = ${old} from invites.batches as batch
     where batch.id = batch and (grant_id = $1 or grant_id = $2 and codes.id % 2 = 0)`,
    [ended, open],
  )
  await db.owner.query(
    `update invites.uses set used_at = ${old}
     where code_id in (select id from invites.codes where code = any ($1)) and email <> 'n3@example.com'`,
    [[used, shared]],
  )
  const before = await answers(codes)

  await deleteCodeDetails(invites.app.database, null, 1)
  expect(await addresses()).toHaveLength(11)
  await deleteCodeDetails(invites.app.database, 365, 1)
  expect(await addresses()).toEqual([
    'b***@e***.com',
    'n3@example.com',
    'owner@example.com',
    'owner@example.com',
  ])
  expect(await answers(codes)).toEqual(before)

  const details = await invites.app.inject({ url: `/api/invites/codes/${used}`, headers: asAdmin })
  expect(details.json()).toMatchObject({ status: 'used', issued_to: null, uses: 1 })
  expect(details.json().redemptions).toEqual([{ email: null, used_at: expect.any(String) }])
})
