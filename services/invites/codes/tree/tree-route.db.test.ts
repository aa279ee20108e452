// The tree of a launch code: ada used it and earned codes; bob used one of these, and so on.
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { beforeEach, expect, test } from 'vitest'
import { asReader, countsOf, useInvites } from '../../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const personKey = personKeys(PERSON_KEY_SECRET)

const [ada, bob, carol] = ['ada@example.com', 'bob@example.com', 'carol@example.com'] as const

/** Returns the codes that `email` earned. */
const earn = async (email: string, codes: number): Promise<string[]> => {
  const grant_id = crypto.randomUUID()
  const grant = { grant_id, person: personKey(email), codes, reason: 'First 3 referrals' }
  await db.owner.query('select invites.publish($1, $2)', ['referrals.earned', { grants: [grant] }])
  while (await invites.app.inbox.processBatch()) {}
  const { rows } = await db.owner.query(
    `select code from invites.codes join invites.batches as b on b.id = batch
     where grant_id = $1 order by codes.id`,
    [grant_id],
  )
  return rows.map(({ code }) => code)
}

let root: string
let ofAda: string[]
let ofBob: string[]
let issued: string
let unrelated: string

beforeEach(async () => {
  root = String((await invites.generate({ max_uses: null, batch_id: 'launch' }))[0])
  await invites.redeem(root, ada)
  ofAda = await earn(ada, 2)
  await invites.redeem(String(ofAda[0]), bob)
  ofBob = await earn(bob, 3)
  await invites.redeem(String(ofBob[0]), carol)
  issued = String((await invites.generate({ issued_to: carol, batch_id: 'for carol' }))[0])
  unrelated = String((await invites.generate({ batch_id: 'unrelated' }))[0])
})

const tree = async (code: string, query = '') => (await invites.get(`${code}/tree${query}`)).json()
const revokeTree = async (code: string, more: object = {}) =>
  (await invites.post(`${code}/revoke-tree`, { reason: 'leaked', ...more })).json()
const revoked = async () =>
  (await db.owner.query('select code from invites.codes where revoked_at is not null')).rows
    .map(({ code }) => code)
    .sort()
const all = () => [root, ...ofAda, ...ofBob, issued].sort()

test('the tree has the codes that people received, and the people who used them', async () => {
  const { codes, redemptions, truncated } = await tree(root.toLowerCase())
  expect(codes.map(({ code }: { code: string }) => code).sort()).toEqual(all())
  expect(codes[0]).toMatchObject({
    code: root,
    depth: 0,
    status: 'active',
    batch_id: 'launch',
    created_by: 'env',
    given_to: null,
    came_of: null,
    uses: 1,
  })
  const leaf = codes.find(({ code }: { code: string }) => code === issued)
  expect(leaf).toMatchObject({ depth: 3, issued_to: carol, given_to: carol, came_of: ofBob[0] })
  expect(redemptions).toEqual(
    [
      [root, ada],
      [ofAda[0], bob],
      [ofBob[0], carol],
    ].map(([code, email]) => ({ code, email, used_at: expect.any(String) })),
  )
  expect(truncated).toBe(false)
})

test('the tree ends at the requested depth', async () => {
  const depths = async (query: string) =>
    (await tree(root, query)).codes.map(({ depth }: { depth: number }) => depth)
  expect(await depths('?depth=0')).toEqual([0])
  expect(await depths('?depth=2')).toEqual([0, 1, 1, 2, 2, 2])
  expect((await invites.get(`${root}/tree?depth=11`)).statusCode).toBe(400)
})

test('a person who uses a code that was issued to them makes no circle', async () => {
  await invites.redeem(issued, carol)
  const { codes } = await tree(issued, '?depth=10')
  expect(codes).toMatchObject([{ code: issued, depth: 0, uses: 1 }])
  expect((await revokeTree(issued)).codes).toBe(1)
})

test('a dry run returns what it would revoke, and revokes nothing', async () => {
  await invites.post(`${ofBob[1]}/revoke`, { reason: 'before' })
  expect(await revokeTree(root, { dry_run: true })).toEqual({
    status: 'success',
    dry_run: true,
    revocation_id: null,
    revoked_at: null,
    reason: 'leaked',
    codes: 6,
    already_revoked: 1,
    uses: 3,
    people: 3,
  })
  expect(await revoked()).toEqual([ofBob[1]])
})

test('revoking the tree revokes all of it, is published once by batch, and leaves the uses', async () => {
  const first = await revokeTree(root)
  expect(first).toMatchObject({ dry_run: false, codes: 7, reason: 'leaked' })
  expect(await revokeTree(root)).toEqual(first)
  expect(await revoked()).toEqual(all())
  const counts = countsOf(await invites.published('invites.revoked'))
  expect(Object.values(counts).sort()).toEqual([1, 1, 2, 3])
  const { rows } = await db.owner.query('select count(*)::int as n from invites.uses')
  expect(rows).toEqual([{ n: 3 }])
  expect((await invites.get(`${unrelated}/status`, {})).json().status).toBe('active')
})

test('a repeated request revokes what the tree has grown since', async () => {
  const first = await revokeTree(root)
  const [late] = await earn(carol, 1)
  const second = await revokeTree(root)
  expect(second).toEqual({ ...first, codes: 8 })
  expect(await revoked()).toContain(late)
})

test('undoing restores exactly what it revoked', async () => {
  await invites.post(`${ofBob[1]}/revoke`, { reason: 'before' })
  const { revocation_id } = await revokeTree(String(ofAda[0]))
  await invites.post('batches/for%20carol/revoke', { reason: 'since' })
  const undone = await invites.post(`revocations/${revocation_id}/undo`)
  expect(undone.json().restored).toBe(3)
  expect(await revoked()).toEqual([ofBob[1], issued].sort())
})

test('an unknown code is 404, a visitor 401, and a key that may only read cannot revoke', async () => {
  for (const reply of [
    await invites.get('VOBEE-000000000000/tree'),
    await invites.post('VOBEE-000000000000/revoke-tree', { reason: 'x' }),
    await invites.post('VOBEE-000000000000/revoke-tree', { reason: 'x', dry_run: true }),
  ]) {
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'invalid_code'])
  }
  expect((await invites.get(`${root}/tree`, {})).statusCode).toBe(401)
  expect((await invites.get(`${root}/tree`, asReader)).statusCode).toBe(200)
  const asked = await invites.post(`${root}/revoke-tree`, { reason: 'x' }, asReader)
  expect(asked.statusCode).toBe(403)
})
