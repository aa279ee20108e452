import { randomUUID } from 'node:crypto'
import { untilAccepted } from '@vobee/testing/busy'
import { asMember } from '@vobee/testing/members'
import { describe, expect, test } from 'vitest'
import { createLink } from '../mail/links.ts'
import { personKey, tokenIn, useMailedWaitlist } from '../testing/mailed-waitlist.ts'

describe('with CONFIRMATION=credit', () => {
  const { db, mailbox, app, post, join, entry, published, allDone } = useMailedWaitlist()

  const mailTo = async (email: string, count = 1) => (await mailbox.arrived(email, count)).at(-1)
  const me = (email: string) => post('confirm-again', {}, asMember(email))

  test('an unconfirmed join is published as such, and waits like any other', async () => {
    expect((await join('ada@example.com')).json()).toMatchObject({ position: 1, total_waiting: 1 })
    expect(await entry('ada@example.com')).toMatchObject({ status: 'waiting', confirmed_at: null })
    const [joined] = await published('referrals', 'waitlist.joined')
    expect(joined.entries).toMatchObject([{ confirmed: false }])
  })

  test('the mailed link confirms once, signs in, and publishes an event', async () => {
    const token = tokenIn(await mailTo('ada@example.com'), 'confirm')
    expect((await app().inject(`/api/waitlist/confirm?token=${token}`)).statusCode).toBe(405)
    expect((await entry('ada@example.com')).confirmed_at).toBeNull()
    const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const reply = await post('confirm', { token }, { 'user-agent': browser })
    expect(reply.statusCode).toBe(200)
    const { member_token, ...rest } = reply.json()
    expect(rest).toEqual({ status: 'success', confirmed: true, position: 1, expires_in: 3600 })
    const { id, confirmed_at } = await entry('ada@example.com')
    const member = { authorization: `Bearer ${member_token}` }
    const again = await post('confirm-again', {}, member)
    expect([again.statusCode, again.json().code]).toEqual([409, 'nothing_to_confirm'])
    expect(await published('referrals', 'waitlist.confirmed')).toMatchObject([
      { entries: [{ id, person: personKey('ada@example.com'), automated: false }] },
    ])
    const second = await post('confirm', { token })
    expect([second.statusCode, second.json().code]).toEqual([401, 'link_used'])
    expect((await entry('ada@example.com')).confirmed_at).toEqual(confirmed_at)
  })

  test('of 64 concurrent requests with one link, one confirms', async () => {
    await join('bob@example.com')
    const token = tokenIn(await mailTo('bob@example.com'), 'confirm')
    const replies = await Promise.all(
      Array.from({ length: 64 }, () => untilAccepted(() => post('confirm', { token }))),
    )
    expect(replies.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expect(await published('referrals', 'waitlist.confirmed')).toHaveLength(2)
  })

  test('the same Idempotency-Key gets a lost reply again', async () => {
    await join('cleo@example.com')
    const token = tokenIn(await mailTo('cleo@example.com'), 'confirm')
    const key = { 'idempotency-key': randomUUID() }
    const first = await post('confirm', { token }, key)
    const second = await post('confirm', { token }, key)
    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect(second.json()).toMatchObject({ confirmed: true, position: 3 })
  })

  test('a link that is wrong, expired, for another purpose or without an owner does nothing', async () => {
    await join('dan@example.com')
    const mail = await mailTo('dan@example.com')
    const { id } = await entry('dan@example.com')
    const expired = await createLink(app().database, id, 'confirm')
    await db.owner.query(
      `update waitlist.links set expires_at = now() where entry_id = $1 and created_at = (
         select max(created_at) from waitlist.links where entry_id = $1
       )`,
      [id],
    )
    const orphan = await createLink(app().database, randomUUID(), 'confirm')
    const tokens = [
      ['x'.repeat(43), 'link_invalid'],
      [tokenIn(mail, 'unsubscribe'), 'link_invalid'],
      [orphan, 'link_invalid'],
      [expired, 'link_expired'],
    ]
    for (const [token, code] of tokens) {
      const reply = await post('confirm', { token })
      expect([reply.statusCode, reply.json().code]).toEqual([401, code])
    }
    expect((await post('confirm', {})).json().errors).toEqual([
      { path: 'token', message: 'is required' },
    ])
    expect((await entry('dan@example.com')).confirmed_at).toBeNull()
    expect(await published('referrals', 'waitlist.confirmed')).toHaveLength(3)
  })

  test('a member can request another confirmation mail, three a day', async () => {
    expect((await post('confirm-again', {})).statusCode).toBe(401)
    for (const count of [2, 3, 4]) {
      const reply = await me('dan@example.com')
      expect([reply.statusCode, reply.json().status]).toEqual([202, 'success'])
      await mailTo('dan@example.com', count)
    }
    expect((await me('dan@example.com')).statusCode).toBe(202)
    await allDone()
    expect(mailbox.to('dan@example.com')).toHaveLength(4)
    const token = tokenIn(await mailTo('dan@example.com', 4), 'confirm')
    expect((await post('confirm', { token })).statusCode).toBe(200)
    expect((await me('nobody@example.com')).statusCode).toBe(409)
  })

  test.each([
    ['a scanner of mail', { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0' }],
    ['a program', { 'user-agent': 'curl/8.14.1' }],
    ['a program without a name', { 'user-agent': '' }],
  ])('the event says that %s confirmed', async (name, headers) => {
    const email = `${name.replaceAll(' ', '-')}@example.com`
    await join(email)
    const token = tokenIn(await mailTo(email), 'confirm')
    expect((await post('confirm', { token }, headers)).statusCode).toBe(200)
    const confirmed = await published('referrals', 'waitlist.confirmed')
    expect(confirmed.at(-1).entries).toMatchObject([{ person: personKey(email), automated: true }])
  })
})

describe('with CONFIRMATION=place', () => {
  const { db, mailbox, app, post, join, entry, published } = useMailedWaitlist({
    CONFIRMATION: 'place',
  })

  const stats = async () => (await app().inject('/api/waitlist/stats')).json()

  test('a join gets the usual reply, and has no place until it is confirmed', async () => {
    const first = (await join('ada@example.com')).json()
    const second = (await join('bob@example.com')).json()
    expect(first).toMatchObject({ status: 'success', position: 1, total_waiting: 1 })
    expect(Object.keys(second)).toEqual(Object.keys(first))
    expect(second).toMatchObject({ position: 1, total_waiting: 1 })
    expect(await stats()).toMatchObject({ total: 2, waiting: 0, mail: 'on', confirmation: 'place' })
    expect(await entry('bob@example.com')).toMatchObject({ status: 'pending' })
    const [mail] = await mailbox.arrived('bob@example.com')
    expect(mail?.text).toContain('Confirm this address to take your place in line')
    const reply = await post('confirm', { token: tokenIn(mail, 'confirm') })
    expect(reply.json()).toMatchObject({ confirmed: true, position: 1 })
    expect(await stats()).toMatchObject({ total: 2, waiting: 1 })
    expect(await entry('bob@example.com')).toMatchObject({ status: 'waiting' })
    expect((await join('cleo@example.com')).json()).toMatchObject({ position: 2, total_waiting: 2 })
  })

  test('an entry that was removed stays removed and earns no credit for its referrer', async () => {
    await join('dan@example.com')
    const [mail] = await mailbox.arrived('dan@example.com')
    await db.owner.query(`update waitlist.entries set status = 'removed' where person = $1`, [
      personKey('dan@example.com'),
    ])
    const reply = await post('confirm', { token: tokenIn(mail, 'confirm') })
    expect(reply.json()).toMatchObject({ confirmed: true, position: null })
    expect(await entry('dan@example.com')).toMatchObject({ status: 'removed' })
    expect(await published('referrals', 'waitlist.confirmed')).toHaveLength(1)
  })
})

describe('with CONFIRMATION=off', () => {
  const { mailbox, app, post, join, published } = useMailedWaitlist({ CONFIRMATION: 'off' })

  test('every entry counts, and the mail signs in', async () => {
    await join('ada@example.com')
    const [mail] = await mailbox.arrived('ada@example.com')
    expect(mail?.subject).toBe('You are on the VoBee waitlist')
    expect(tokenIn(mail, 'confirm')).toBeUndefined()
    expect((await post('sign-in', { token: tokenIn(mail, 'token') })).statusCode).toBe(200)
    expect(mail?.text).toContain('Every friend who joins with your link moves you up:')
    const stats = (await app().inject('/api/waitlist/stats')).json()
    expect(stats).toMatchObject({ mail: 'on', confirmation: 'off' })
    expect(await published('referrals', 'waitlist.joined')).toMatchObject([
      { entries: [{ confirmed: true }] },
    ])
    const again = await post('confirm-again', {}, asMember('ada@example.com'))
    expect([again.statusCode, again.json().code]).toEqual([409, 'nothing_to_confirm'])
  })
})
