// Redeeming again with the same Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const generate = async (body: object): Promise<[string, string]> =>
  (await invites.post('generate', body, { ...asAdmin, 'idempotency-key': 'g' })).json().codes

const count = async (table: string) =>
  (await db.owner.query(`select count(*)::int as n from invites.${table}`)).rows[0].n

describe('redeeming', () => {
  const redeem = (code: string, email: string, key: string) =>
    invites.post('redeem', { code, email }, { 'idempotency-key': key })

  test('a repeated request gets the same success, counted once, also after the code was revoked', async () => {
    const [code] = await generate({ batch_size: 1, max_uses: 2 })
    const first = await redeem(code, 'ada@example.com', 'k')
    await db.owner.query('update invites.codes set revoked_at = now()')
    const again = await redeem(code, 'ada@example.com', 'k')
    expect([first.statusCode, again.statusCode]).toEqual([200, 200])
    expect(again.body).toBe(first.body)
    expect(await count('uses')).toBe(1)
  })

  test('a key learns the uses that remained, a visitor does not', async () => {
    const [code] = await generate({ batch_size: 1, max_uses: 3 })
    const asHost = (email: string, key: string) =>
      invites.post('redeem', { code, email }, { ...asAdmin, 'idempotency-key': key })
    const body = { status: 'success', message: 'Invite code redeemed successfully' }
    const first = await asHost('ada@example.com', 'k')
    expect(first.json()).toEqual({ ...body, email: 'ada@example.com', remaining_uses: 2 })
    expect((await redeem(code, 'bob@example.com', 'k')).json()).toEqual({
      ...body,
      email: 'bob@example.com',
    })
    const without = await invites.post('redeem', { code, email: 'eve@example.com' })
    expect(without.json().remaining_uses).toBe(0)
    expect((await asHost('ada@example.com', 'k')).json()).toEqual(first.json())
    const [unlimited] = (await invites.post('generate', { batch_size: 1, max_uses: null })).json()
      .codes
    const reply = await invites.post('redeem', { code: unlimited, email: 'ada@example.com' })
    expect(reply.json().remaining_uses).toBe(null)
  })

  test('a repeated request that failed fails again, with its own status', async () => {
    const [code] = await generate({ batch_size: 1 })
    await redeem(code, 'ada@example.com', 'k1')
    for (let i = 0; i < 2; i++) {
      const reply = await redeem(code, 'bob@example.com', 'k2')
      expect([reply.statusCode, reply.json().code]).toEqual([409, 'code_already_used'])
    }
    expect((await redeem('VOBEE-000000000000', 'bob@example.com', 'k3')).statusCode).toBe(404)
    expect(await count('uses')).toBe(1)
  })

  test('a visitor with the key of another visitor is somebody else', async () => {
    const codes = await generate({ batch_size: 2 })
    expect((await redeem(codes[0], 'ada@example.com', 'k')).statusCode).toBe(200)
    const reply = await invites.app.inject({
      method: 'POST',
      url: '/api/invites/redeem',
      payload: { code: codes[1], email: 'bob@example.com' },
      headers: { 'idempotency-key': 'k' },
      remoteAddress: '203.0.113.5',
    })
    expect(reply.statusCode).toBe(200)
    expect(await count('uses')).toBe(2)
  })

  test('no record contains a code or an address', async () => {
    const [code] = await generate({ batch_size: 1 })
    await redeem(code, 'ada@example.com', `${code} ada@example.com`)
    const { rows } = await db.owner.query('select effect from invites.idempotency order by at')
    expect(rows.map((row) => row.effect)).toEqual([expect.stringMatching(/^BATCH-/), {}])
  })
})
