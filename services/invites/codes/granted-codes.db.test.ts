// What referrals learns of the codes of grants.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { publishOldGrants } from '../issuing/grants.ts'
import { useGrants } from '../testing/grants.ts'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const { grant, recall, block, process, codesOf, published } = useGrants(db, () => invites.app)

const states = async () => (await published('invites.granted_codes')).flatMap(({ codes }) => codes)

/** Returns the newest state of each code, in the order of their ids. */
const newest = async () => {
  const byCode = Map.groupBy(await states(), ({ code_id }) => code_id)
  return [...byCode.values()]
    .map((of) => of.reduce((a, b) => (a.version > b.version ? a : b)))
    .sort((a, b) => a.code_id - b.code_id)
}
const stored = async (grant_id: string) =>
  (
    await db.owner.query(
      `select codes.id::int as code_id, grant_id, revoked_at is not null as is_revoked, codes.expires_at
       from invites.codes join invites.batches on batches.id = batch
       where grant_id = $1 order by codes.id`,
      [grant_id],
    )
  ).rows
const expectNewest = async (grant_id: string) => {
  const published = (await newest()).map(({ version: _, expires_at, ...code }) => ({
    ...code,
    expires_at: expires_at && new Date(expires_at),
  }))
  expect(published).toEqual(await stored(grant_id))
}

test('each change of a granted code is published, with a version that grows', async () => {
  const id = await grant(3)
  await expectNewest(id)
  expect(await states()).toHaveLength(3)
  const [first = '', second = ''] = (await codesOf(id)).map(({ code }) => code)
  const batch = `batches/EARNED-${id}`
  const revoked = (await invites.post(`${first}/revoke`, { reason: 'leaked' })).json()
  await expectNewest(id)
  await invites.post(`revocations/${revoked.revocation_id}/undo`)
  await expectNewest(id)
  await invites.post(`${second}/extend`, { expires_in_days: 30 })
  await expectNewest(id)
  expect(await states()).toHaveLength(6)
  await invites.post(`${batch}/extend`, { expires_at: null })
  await expectNewest(id)
  await recall(id, 1)
  await process()
  await expectNewest(id)
  const all = await states()
  expect(all).toHaveLength(10)
  expect(all.map(({ version }) => version)).toEqual([...all.keys()].map((n) => n + 1))
})

test('the highest version of a code is its state, whatever changed it at once', async () => {
  const id = await grant(4)
  const codes = (await codesOf(id)).map(({ code }) => code)
  const batch = `batches/EARNED-${id}`
  const post = (path: string, body: object) => invites.post(path, body)
  const toggle = async (path: string) => {
    const { revocation_id } = (await post(`${path}/revoke`, { reason: 'leaked' })).json()
    await invites.post(`revocations/${revocation_id}/undo`)
  }
  await recall(id, 1)
  await Promise.all([
    ...codes.map(toggle),
    ...codes.map((code, n) => post(`${code}/extend`, { expires_in_days: 30 + n })),
    ...codes.map((code) => invites.redeem(code, `${code}@example.com`)),
    toggle(batch),
    post(`${batch}/extend`, { expires_in_days: 90 }),
    block('ada').then(() => process()),
    toggle(batch),
  ])
  await expectNewest(id)
})

test('codes without a grant are not published', async () => {
  const [code = ''] = await invites.generate({ batch_id: 'press' })
  const { revocation_id } = (
    await invites.post('batches/press/revoke', { reason: 'leaked' })
  ).json()
  await invites.post(`revocations/${revocation_id}/undo`)
  await invites.post(`${code}/extend`, { expires_in_days: 30 })
  await invites.post('batches/press/extend', { expires_in_days: 30 })
  expect(await states()).toEqual([])
})

test('a use names the code of a grant, and no other', async () => {
  const [granted] = await codesOf(await grant(1))
  const [other = ''] = await invites.generate()
  await invites.redeem(String(granted?.code), 'one@example.com')
  await invites.redeem(other, 'two@example.com')
  const uses = (await published('invites.used')).flatMap(({ uses }) => uses)
  expect(uses.map(({ code_id }) => code_id)).toEqual([granted?.code_id, null])
  expect(await states()).toHaveLength(1)
})

test('grants of version 0.4.0 are published once', async () => {
  const id = await grant(2)
  await db.owner.query(`
    update invites.batches set codes_published = false;
    delete from referrals.inbox`)
  await publishOldGrants(invites.app.database)
  await publishOldGrants(invites.app.database)
  expect(await states()).toHaveLength(2)
  await expectNewest(id)
})
