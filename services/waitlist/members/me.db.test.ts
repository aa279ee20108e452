// A member's own entry, and changing its answers.
import { randomUUID } from 'node:crypto'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const ada = 'Ada+vobee@Example.com'
const asAda = asMember(ada)
const me = (headers: Record<string, string> = asAda) => read('me', headers as never)
const change = (payload: object, headers: Record<string, string> = asAda, replica = 0) =>
  app(replica).inject({ method: 'PATCH', url: '/api/waitlist/me', headers, payload })

const credit = async (email: string) => {
  const at = new Date().toISOString()
  const referral = { referral_id: randomUUID(), referrer: personKey(email), person: 'friend', at }
  await db.owner.query('select waitlist.publish($1, $2)', [
    'referrals.credited',
    { referrals: [referral] },
  ])
  while ((await app().inbox.processBatch()) !== 0);
}

const scores = async () => {
  const audit = (await read('status?audit=1')).json().audit
  return audit.filter(({ ok }: { ok: boolean }) => !ok)
}

describe('a member', () => {
  test('gets their place, its parts and their answers, and no name of a friend', async () => {
    await crowd(2)
    await join(ada, { name: 'Ada', persona: 'small_team', locale: 'de-DE' })
    await credit(ada)
    const reply = await me()
    expect(reply.statusCode).toBe(200)
    const today = new Date().toISOString().slice(0, 10)
    expect(reply.json()).toEqual({
      email: ada,
      name: 'Ada',
      use_case: 'to see',
      persona: 'small_team',
      locale: 'de-DE',
      status: 'waiting',
      position: 2,
      total_waiting: 3,
      score: 20,
      score_parts: { answers: 15, referrals: 5, adjusted: 0 },
      referrals: 1,
      counted_on: [today],
      estimated_wait: '1-2 days',
      estimated_wait_days: null,
      invites_paused: false,
      referral_code: expect.stringMatching(/^[2-9A-Z]{8}$/),
      share_url: expect.stringMatching(/^http:\/\/localhost:8000\/r\/[2-9A-Z]{8}$/),
      joined_at: expect.any(String),
      invited_at: null,
      redeemed_at: null,
      confirmed: false,
      confirmation: 'off',
      mail: 'off',
    })
  })

  test('without an entry gets 404, and a key has no "me"', async () => {
    expect((await me()).json().code).toBe('unknown_entry')
    expect((await change({ persona: 'agency' })).statusCode).toBe(404)
    await join(ada)
    for (const [headers, status] of [
      [{}, 401],
      [asAdmin, 403],
    ] as const) {
      expect((await me(headers)).statusCode).toBe(status)
      expect((await change({ persona: 'agency' }, headers)).statusCode).toBe(status)
    }
  })
})

describe('changed answers', () => {
  test('change the score; credits and adjustments stay, and the place is exact', async () => {
    await crowd(5)
    await join(ada)
    await credit(ada)
    const id = await idOf(ada)
    await post(`entries/${id}/score`, { by: 3, reason: 'r' })
    expect((await me()).json()).toMatchObject({ score: 13, position: 3 })
    const reply = await change({ use_case: 'marketing automation', persona: 'agency' })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({
      use_case: 'marketing automation',
      persona: 'agency',
      position: 1,
      score: 33,
      score_parts: { answers: 25, referrals: 5, adjusted: 3 },
    })
    expect((await change({ persona: 'other', use_case: 'x' })).json()).toMatchObject({
      score: 13,
      position: 3,
    })
    expect(await scores()).toEqual([])
  })

  test('leave other members unchanged; a name and a language can be removed', async () => {
    await join(ada, { name: 'Ada', locale: 'de', persona: 'agency' })
    expect((await change({ name: 'Ada L.' })).json()).toMatchObject({
      name: 'Ada L.',
      locale: 'de',
      persona: 'agency',
      score: 20,
    })
    expect((await change({ name: null, locale: null })).json()).toMatchObject({
      name: null,
      locale: null,
    })
  })

  test('from two replicas at once, with credits and adjustments, add up', async () => {
    await crowd(3)
    await join(ada)
    const id = await idOf(ada)
    await Promise.all([
      ...Array.from({ length: 16 }, (_, n) =>
        change({ persona: n % 2 ? 'agency' : 'other' }, asAda, n),
      ),
      ...Array.from({ length: 4 }, () => post(`entries/${id}/score`, { by: 2, reason: 'r' })),
      credit(ada),
    ])
    const now = (await change({ persona: 'small_team' })).json()
    expect(now).toMatchObject({
      score: 28,
      score_parts: { answers: 15, referrals: 5, adjusted: 8 },
    })
    expect(await scores()).toEqual([])
  })

  test('are scored by the newest version, also if another replica changed it', async () => {
    await join(ada, { persona: 'agency' })
    await change({ persona: 'agency' }, asAda, 1)
    const { document } = (await read('scoring')).json()
    const raised = { ...document, personas: { ...document.personas, agency: 100 } }
    await app(0).inject({
      method: 'PUT',
      url: '/api/waitlist/scoring',
      headers: asAdmin,
      payload: { document: raised, reason: 'agencies first' },
    })
    expect((await change({ name: 'A' }, asAda, 1)).json()).toMatchObject({ score: 100 })
    await expect
      .poll(async () => (await read('scoring')).json().history[0]?.applied_at)
      .not.toBeNull()
    expect(await scores()).toEqual([])
  })

  test('report every error at once, and an empty change is an error', async () => {
    await join(ada)
    const reply = await change({
      use_case: '',
      persona: 'king',
      email: 'x@example.com',
      name: '\0',
    })
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map((error: { path: string }) => error.path)
    expect(paths.sort()).toEqual(['email', 'name', 'persona', 'use_case'])
    expect((await change({})).statusCode).toBe(400)
  })
})
