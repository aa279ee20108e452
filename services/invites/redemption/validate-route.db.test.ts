import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)

const one = async (more: object = {}) => String((await invites.generate(more))[0])
const validate = (code: string) => invites.post('validate', { code }, {})
const set = (code: string, change: string) =>
  db.owner.query(`update invites.codes set ${change} where code = $1`, [code])

const past = `expires_at = now() - interval '1 second'`

describe('validating', () => {
  test('returns the remaining uses and uses none', async () => {
    const code = await one({ max_uses: 3, expires_at: null })
    const valid = {
      is_valid: true,
      code,
      status: 'active',
      reason: null,
      remaining_uses: 3,
      expires_at: null,
    }
    expect((await validate(code.toLowerCase())).json()).toEqual(valid)
    expect((await validate(code)).json()).toEqual(valid)
  })

  test('returns null for the uses of an unlimited code', async () => {
    const code = await one({ max_uses: null })
    expect((await validate(code)).json()).toMatchObject({ is_valid: true, remaining_uses: null })
  })

  test('returns the error code of redeeming as the reason', async () => {
    const code = await one()
    const reasons: string[] = []
    for (const change of [past, 'uses_left = 0', 'revoked_at = now()']) {
      await set(code, change)
      const reply = await validate(code)
      expect(reply.statusCode).toBe(200)
      expect(reply.json()).toMatchObject({ is_valid: false, remaining_uses: 0 })
      reasons.push(reply.json().reason)
    }
    expect(reasons).toEqual(['code_expired', 'code_already_used', 'code_revoked'])
  })

  test('of an unknown code returns that it is not valid', async () => {
    expect((await validate('nonsense')).json()).toEqual({
      is_valid: false,
      code: 'nonsense',
      status: null,
      reason: 'invalid_code',
      remaining_uses: 0,
      expires_at: null,
    })
  })

  test('reports what is missing', async () => {
    const reply = await invites.app.inject({ method: 'POST', url: '/api/invites/validate' })
    expect(reply.statusCode).toBe(400)
    expect(reply.json().errors).toEqual([{ path: 'code', message: 'is required' }])
  })
})
