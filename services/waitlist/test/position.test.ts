import { describe, expect, test } from 'vitest'
import { asReader, asWriter, useWaitlist } from './under-test.ts'

const { read, crowd } = useWaitlist()

describe('the position', () => {
  test('is found by id and by referral code, in any case', async () => {
    await crowd(7)
    const [row] = (await read('entries?q=n7@example.com')).json().entries
    const byId = (await read(`position?id=${row?.id}`, asReader)).json()
    expect(byId).toEqual({
      status: 'waiting',
      position: 4,
      total_waiting: 7,
      score: 15,
      score_parts: { answers: 15, referrals: 0, adjusted: 0 },
      referrals: 0,
      estimated_wait: '1-2 days',
      estimated_wait_days: null,
      invites_paused: false,
    })
    const code = String(row?.referral_code).toLowerCase()
    expect((await read(`position?referral_code=${code}`)).json()).toEqual(byId)
  })

  test('is not told without a key, nor of nobody', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await read(`position?id=${nobody}`, {})).statusCode).toBe(401)
    expect((await read(`position?id=${nobody}`, asWriter)).statusCode).toBe(403)
    expect((await read(`position?id=${nobody}`)).json()).toMatchObject({ code: 'unknown_entry' })
    for (const query of ['', '?id=1', `?id=${nobody}&referral_code=ABCD2345`, '?email=a@b.c']) {
      expect((await read(`position${query}`)).statusCode).toBe(400)
    }
  })
})
