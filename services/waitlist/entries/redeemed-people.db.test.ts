// People who redeem a code without an entry: they join as redeemed, and nobody learns of it.
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { usesOf } from '../testing/uses.ts'
import { personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const ada = 'ada@example.com'
const rows = async (text: string) => (await db.owner.query(text)).rows
const stored = () => rows('select person from waitlist.redeemed_people')
const statusOf = async (email: string) => (await read(`entries/${await idOf(email)}`)).json().status

const publish = (event: string, payload: object) =>
  db.owner.query('select waitlist.publish($1, $2)', [event, payload])
const processAll = async () => {
  while ((await app().inbox.processBatch()) !== 0);
}
/** Handles the second pass of each redemption at once. */
const processLater = async () => {
  await db.owner.query('update waitlist.inbox set try_at = now()')
  await processAll()
}
const redeemed = async (email: string, person = personKey(email)) => {
  await publish('invites.used', { uses: usesOf([person]) })
  await processAll()
}

describe('a person who redeemed before joining', () => {
  test('joins as redeemed, without a position, and gets the reply of any new entry', async () => {
    await crowd(5)
    await redeemed(ada)
    const answers = { persona: 'small_team' }
    const reply = await join('Ada+x@example.com', answers)
    const fresh = await join('fresh@example.com', answers)
    expect(reply.statusCode).toBe(201)
    expect(Object.keys(reply.json())).toEqual(Object.keys(fresh.json()))
    expect(reply.json()).toMatchObject({ position: 3, total_waiting: 6 })
    expect(fresh.json()).toMatchObject({ position: 3, total_waiting: 6 })
    const entry = (await read(`entries/${await idOf(ada)}`)).json()
    expect(entry).toMatchObject({ status: 'redeemed', position: null, total_waiting: 6 })
    expect(entry.redeemed_at).toEqual(expect.any(String))
    const events = await rows(`select payload from referrals.inbox where event = 'waitlist.joined'`)
    expect(events.at(-2).payload.entries).toMatchObject([{ person: personKey(ada) }])
    const { audit } = (await read('status?audit=1')).json()
    expect(audit.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
  })

  test('is redeemed soon, if the join was in progress while the event was handled', async () => {
    const joining = await db.owner.connect()
    await joining.query('begin')
    await joining.query(
      `insert into waitlist.entries
         (person, email, use_case, persona, referral_code, answers_score, score)
       values ($1, $2, 'to see', 'other', 'CODE', 5, 5)`,
      [personKey(ada), ada],
    )
    await redeemed(ada)
    await joining.query('commit')
    joining.release()
    expect(await statusOf(ada)).toBe('waiting')
    await processLater()
    expect(await statusOf(ada)).toBe('redeemed')
    expect(await rows('select from waitlist.inbox')).toEqual([])
  })

  test('is redeemed again after leaving and joining, and after removal and restoring', async () => {
    await redeemed(ada)
    await join(ada)
    expect((await post('leave', {}, asMember(ada))).statusCode).toBe(200)
    await join(ada)
    expect(await statusOf(ada)).toBe('redeemed')
    await crowd(1)
    const id = await idOf('n1@example.com')
    await post(`entries/${id}/remove`, { reason: 'r' })
    await redeemed('n1@example.com')
    expect(await statusOf('n1@example.com')).toBe('removed')
    await post(`entries/${id}/restore`, { reason: 'r' })
    expect(await statusOf('n1@example.com')).toBe('redeemed')
  })
})

describe('the redemption of a person without an entry', () => {
  test('is exported to them and erased with them', async () => {
    await redeemed(ada)
    const headers = asMember(ada)
    const data = (await app().inject({ url: '/api/waitlist/me/export', headers })).json()
    expect(data).toMatchObject({ entry: null, redeemed_at: expect.any(String) })
    await app().inject({ method: 'DELETE', url: '/api/waitlist/me', headers })
    expect(await stored()).toEqual([])
    await processLater()
    expect(await stored()).toEqual([])
  })

  test('that arrives after the erasure is forgotten, and an erased name is not stored', async () => {
    await redeemed(ada)
    const erased = { person: personKey(ada), pseudonym: 'erased-1' }
    await publish('person.forgotten', { ...erased, at: new Date().toISOString() })
    await processAll()
    await redeemed(ada, 'erased-0123')
    expect(await stored()).toEqual([])
  })

  test('is not stored for a person with an entry', async () => {
    await crowd(1)
    await redeemed('n1@example.com')
    expect(await statusOf('n1@example.com')).toBe('redeemed')
    expect(await stored()).toEqual([])
    expect(await rows('select from waitlist.inbox')).toEqual([])
  })
})

test('stats count released people for everybody, and each status exactly for a key', async () => {
  await crowd(6)
  await redeemed('n2@example.com')
  await redeemed(ada)
  await join(ada)
  await post('release', { count: 1 })
  const id = await idOf('n5@example.com')
  await post(`entries/${id}/remove`, { reason: 'r' })
  await db.owner.query(`update waitlist.entries set confirmed_at = now() where email < 'n3'`)
  const open = (await read('stats', {})).json()
  expect(open).toMatchObject({ total: 7, waiting: 3, invited: 3, processed_today: 1 })
  expect(Object.keys(open)).not.toContain('by_status')
  const known = (await read('stats', asAdmin)).json()
  expect(known).toEqual({
    ...open,
    by_status: { pending: 0, waiting: 3, invited: 1, redeemed: 2, removed: 1 },
    confirmed: 3,
  })
  for (const [status, count] of Object.entries(known.by_status)) {
    expect((await read(`entries?status=${status}`)).json().entries).toHaveLength(Number(count))
  }
  expect((await read('entries?confirmed=true')).json().entries).toHaveLength(3)
})
