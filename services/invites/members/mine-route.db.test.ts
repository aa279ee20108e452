import { randomUUID } from 'node:crypto'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { asAdmin, PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const { get, post, generate, redeem } = invites

const personKey = personKeys(PERSON_KEY_SECRET)
const ada = asMember('Ada+me@example.com')
const person = personKey('ada@example.com')

type Own = { code: string; status: string; remaining_uses: number | null; earned: boolean }
const listOwn = async (headers = ada): Promise<Own[]> => (await get('mine', headers)).json().codes

const publish = async (event: string, payload: object) => {
  await db.owner.query('select invites.publish($1, $2)', [event, payload])
  await invites.app.inbox.processBatch()
}

describe("a member's codes", () => {
  test('are those of a wave, those that they earned, and those issued to their address', async () => {
    const grant = { grant_id: randomUUID(), person, codes: 3, reason: 'First 3 referrals' }
    await publish('referrals.earned', { grants: [grant] })
    await publish('waitlist.released', {
      wave_id: randomUUID(),
      people: [{ entry_id: randomUUID(), person }],
      at: new Date().toISOString(),
    })
    const [code = ''] = await generate({ issued_to: 'ADA@example.com', expires_at: null })
    const codes = await listOwn()
    expect(codes).toHaveLength(5)
    expect(codes[0]).toEqual({
      code,
      status: 'active',
      expires_at: null,
      remaining_uses: 1,
      earned: false,
      link: `http://localhost:8000/me#invite=${code}`,
    })
    expect(codes.map((own) => own.earned)).toEqual([false, false, true, true, true])
    const { rows } = await db.owner.query(
      'select code from invites.codes order by batch desc, id desc',
    )
    expect(codes.map((own) => own.code)).toEqual(rows.map((row) => row.code))
  })

  test('have the status that redeeming them would find', async () => {
    const issue = async (more: object = {}) =>
      (await generate({ issued_to: 'ada@example.com', ...more }))[0] as string
    const used = await issue()
    const revoked = await issue()
    const expired = await issue()
    const reserved = await issue({ max_uses: 2 })
    const unlimited = await issue({ max_uses: null })
    await redeem(used, 'ada@example.com')
    await post(`${revoked}/revoke`, { reason: 'x' })
    await db.owner.query('update invites.codes set expires_at = now() where code = $1', [expired])
    await post('reserve', { code: reserved, email: 'ada@example.com' })
    const listed = (await listOwn()).map((own) => [own.code, own.status, own.remaining_uses])
    expect(listed).toEqual([
      [unlimited, 'active', null],
      [reserved, 'active', 1],
      [expired, 'expired', 0],
      [revoked, 'revoked', 0],
      [used, 'used', 0],
    ])
  })

  test("are nobody else's, and an empty list for a member without codes", async () => {
    await generate({ issued_to: 'eve@example.com' })
    await generate()
    const grant = { grant_id: randomUUID(), person: personKey('eve@example.com'), codes: 1 }
    await publish('referrals.earned', { grants: [{ ...grant, reason: 'x' }] })
    expect(await listOwn()).toEqual([])
    expect(await listOwn(asMember('eve@example.com'))).toHaveLength(2)
  })

  test('are for members only', async () => {
    const replies = await Promise.all([get('mine', {}), get('mine', asAdmin)])
    const errors = replies.map((reply) => [reply.statusCode, reply.json().code])
    expect(errors).toEqual([
      [401, 'credential_required'],
      [403, 'insufficient_scope'],
    ])
    for (const reply of replies) expect(reply.json().detail).toContain('/api/waitlist/sign-in')
  })
})

test('a member cannot call routes that need a key', async () => {
  for (const path of ['codes', 'batches', 'status']) {
    expect((await get(path, ada)).json()).toMatchObject({ status: 403, code: 'insufficient_scope' })
  }
  const generated = await post('generate', { batch_size: 1 }, ada)
  expect([generated.statusCode, generated.json().code]).toEqual([403, 'insufficient_scope'])
  const { rowCount } = await db.owner.query('select from invites.codes')
  expect(rowCount).toBe(0)
})
