import { asMember } from '@vobee/testing/members'
import { describe, expect, test } from 'vitest'
import { asReader, asWriter, useWaitlist } from '../testing/waitlist.ts'

const { read, crowd, idOf } = useWaitlist()

describe('the position', () => {
  test('is found by id and by referral code, in upper or lower case', async () => {
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

  test("is a member's own without naming it, with our token or a host's", async () => {
    await crowd(3)
    const id = await idOf('n2@example.com')
    const place = { status: 'waiting', position: 2, total_waiting: 3, score: 15 }
    const own = await read('position', asMember('N2+tag@example.com', id))
    expect([own.statusCode, own.json()]).toMatchObject([200, place])
    expect((await read('position', asMember('n2@example.com'))).json()).toEqual(own.json())
    const nobody = await read('position', asMember('nobody@example.com', id))
    expect([nobody.statusCode, nobody.json().code]).toEqual([404, 'unknown_entry'])
  })

  test('of a named entry is returned to no member, whether it exists or not', async () => {
    await crowd(2)
    const ada = asMember('n1@example.com', await idOf('n1@example.com'))
    const ids = [await idOf('n2@example.com'), '00000000-0000-4000-8000-000000000000']
    for (const query of [...ids.map((id) => `id=${id}`), 'referral_code=ABCD2345']) {
      const reply = await read(`position?${query}`, ada)
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'not_yours'])
    }
  })

  test('is not returned without a key or without a name of the entry', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await read(`position?id=${nobody}`, {})).statusCode).toBe(401)
    expect((await read(`position?id=${nobody}`, asWriter)).statusCode).toBe(403)
    expect((await read(`position?id=${nobody}`)).json()).toMatchObject({ code: 'unknown_entry' })
    for (const query of ['', '?id=1', `?id=${nobody}&referral_code=ABCD2345`, '?email=a@b.c']) {
      expect((await read(`position${query}`)).statusCode).toBe(400)
    }
  })
})
