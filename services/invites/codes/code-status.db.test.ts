// Every combination of facts about a code, and its status in every reply.
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

type Case = [revoked: boolean, used: boolean, expired: boolean, status: string, refusal: string]

const cases: Case[] = [
  [false, false, false, 'active', ''],
  [false, false, true, 'expired', 'code_expired'],
  [false, true, false, 'used', 'code_already_used'],
  [false, true, true, 'used', 'code_already_used'],
  [true, false, false, 'revoked', 'code_revoked'],
  [true, false, true, 'revoked', 'code_revoked'],
  [true, true, false, 'revoked', 'code_revoked'],
  [true, true, true, 'revoked', 'code_revoked'],
]

test.each(cases)('revoked %s, used %s, expired %s: %s', async (...given) => {
  const [revoked, used, expired, status, refusal] = given
  const code = String((await invites.generate({ batch_id: 'a' }))[0])
  if (used) await invites.redeem(code, 'first@example.com')
  if (revoked) await invites.post(`${code}/revoke`, { reason: 'x' })
  if (expired) await db.owner.query('update invites.codes set expires_at = now()')
  expect((await invites.get(`${code}/status`, {})).json()).toMatchObject({
    status,
    used,
    valid: status === 'active',
  })
  const validated = (await invites.post('validate', { code }, {})).json()
  expect(validated).toMatchObject({
    is_valid: refusal === '',
    status,
    reason: refusal || null,
    remaining_uses: refusal ? 0 : 1,
  })
  expect((await invites.get(`codes?status=${status}`)).json().codes).toHaveLength(1)
  expect((await invites.get('batches/a')).json()[status]).toBe(1)
  const asked = { code, email: 'second@example.com' }
  for (const act of ['reserve', 'redeem']) {
    const reply = await invites.post(act, asked)
    expect(reply.json().code).toBe(refusal || (act === 'reserve' ? code : undefined))
  }
})
