import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { personKey, tokenIn, useMailedWaitlist } from '../testing/mailed-waitlist.ts'

const { db, mailbox, app, post, join, entry, publish, allDone } = useMailedWaitlist()

const subjects = (address: string) => mailbox.to(address).map((mail) => mail.subject)

test('a new entry gets one mail with its place, its link and a confirmation button', async () => {
  const { referral_code, position } = (await join('Ada.L@Example.com')).json()
  const [mail] = await mailbox.arrived('Ada.L@example.com')
  expect(mail?.subject).toBe('Please confirm your address for VoBee')
  expect(mail?.from).toMatchObject({ name: 'VoBee', address: 'no-reply@vobee.example' })
  for (const said of [mail?.text, mail?.html]) {
    expect(said).toContain(`You are number ${position} of ${position} in line.`)
    expect(said).toContain(`https://vobee.example/r/${referral_code}`)
    expect(said).toContain(`https://vobee.example/me#confirm=${tokenIn(mail, 'confirm')}`)
    expect(said).toContain(`https://vobee.example/me#unsubscribe=${tokenIn(mail, 'unsubscribe')}`)
  }
  const headers = Object.fromEntries((mail?.headers ?? []).map(({ key, value }) => [key, value]))
  const stop = `https://vobee.example/api/waitlist/unsubscribe?token=${tokenIn(mail, 'unsubscribe')}`
  expect(headers).toMatchObject({
    'list-unsubscribe': `<${stop}>`,
    'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
    'auto-submitted': 'auto-generated',
  })
  await allDone()
  const { id } = await entry('ada.l@example.com')
  const event = { id, person: personKey('ada.l@example.com'), referral_code, referred_by: null }
  const again = { entries: [{ ...event, confirmed: false, at: new Date().toISOString() }] }
  await publish('waitlist.joined', again)
  await allDone()
  expect(mailbox.to('Ada.L@example.com')).toHaveLength(1)
})

test('a German locale gets German mail', async () => {
  await join('karl@example.com', { locale: 'de-AT' })
  const [mail] = await mailbox.arrived('karl@example.com')
  expect(mail?.subject).toBe('Bitte bestätige deine Adresse für VoBee')
  expect(mail?.text).toContain('auf der Warteliste')
  expect(mail?.html).toContain('<html lang="de">')
})

test('a repeated join is mailed the true place, once a day', async () => {
  const place = (await join('bob@example.com', { persona: 'agency' })).json().position
  await mailbox.arrived('bob@example.com')
  for (const persona of ['other', 'agency', 'agency']) await join('BOB@example.com', { persona })
  await mailbox.arrived('bob@example.com', 2)
  await allDone()
  expect(subjects('bob@example.com')).toEqual([
    'Please confirm your address for VoBee',
    'You are already on the VoBee waitlist',
  ])
  expect(mailbox.to('bob@example.com')[1]?.text).toContain(`You are number ${place} of`)
  await db.owner.query(`update waitlist.mail_counts set since = since - interval '1 day'`)
  await join('bob@example.com')
  await mailbox.arrived('bob@example.com', 3)
})

test('a member who moves up gets a mail, once a day, and none if nothing was gained', async () => {
  await join('carol@example.com')
  await mailbox.arrived('carol@example.com')
  const credit = (count: number) =>
    publish('referrals.credited', {
      referrals: Array.from({ length: count }, () => ({
        referral_id: randomUUID(),
        referrer: personKey('carol@example.com'),
        person: 'friend',
        at: new Date().toISOString(),
      })),
    })
  await credit(2)
  const [, mail] = await mailbox.arrived('carol@example.com', 2)
  expect(mail?.subject).toBe('You moved up: number 2')
  await credit(8)
  await allDone()
  await db.owner.query(`update waitlist.mail_counts set since = since - interval '1 day'`)
  await credit(3)
  await allDone()
  expect(mailbox.to('carol@example.com')).toHaveLength(2)
  expect((await entry('carol@example.com')).score).toBe(55)
})

test('an invite code is mailed once, and the codes of a grant in one mail', async () => {
  await join('dora@example.com')
  await mailbox.arrived('dora@example.com')
  const person = personKey('dora@example.com')
  const wave = [person, randomUUID()]
  await db.owner.query(
    `with wave as (insert into waitlist.waves (id, asked, released, by) values ($2, 1, 1, 'env'))
     update waitlist.entries set status = 'invited', wave_id = $2 where person = $1`,
    wave,
  )
  const grant_id = randomUUID()
  const codes = [
    { person, code: 'VOBEE-WAVE', grant_id: null },
    { person, code: 'VOBEE-GIFT1', grant_id },
    { person, code: 'VOBEE-GIFT2', grant_id },
    { person: 'nobody', code: 'VOBEE-OTHER', grant_id: null },
  ]
  await publish('invites.issued', { codes })
  await publish('invites.issued', { codes })
  const mails = await mailbox.arrived('dora@example.com', 3)
  await allDone()
  expect(mailbox.to('dora@example.com')).toHaveLength(3)
  const { rows } = await db.owner.query('select mailed from waitlist.waves')
  expect(rows).toEqual([{ mailed: 1 }])
  const invited = mails.find((mail) => mail.subject === 'You are invited to VoBee')
  expect(invited?.text).toContain('    VOBEE-WAVE\n')
  expect(invited?.text).toContain('https://vobee.example/me#invite=VOBEE-WAVE')
  const earned = mails.find((mail) => mail.subject === 'You earned invite codes for VoBee')
  expect(earned?.text).toMatch(/VOBEE-GIFT1[\s\S]*VOBEE-GIFT2/)
  expect(earned?.text).toContain('See your page:\nhttps://vobee.example/me\n')
  for (const said of [earned?.text, earned?.html]) expect(said).not.toMatch(/#(token|confirm)=/)
})

test('a requested link is sent to an unsubscribed member too, and signs in', async () => {
  await join('eve@example.com')
  const [first] = await mailbox.arrived('eve@example.com')
  await post('unsubscribe', { token: tokenIn(first, 'unsubscribe') })
  await join('eve@example.com')
  await post('link', { email: 'eve@example.com' })
  const [, link] = await mailbox.arrived('eve@example.com', 2)
  await allDone()
  expect(subjects('eve@example.com').slice(1)).toEqual(['Your link to VoBee'])
  const reply = await post('sign-in', { token: tokenIn(link, 'token') })
  expect(reply.statusCode).toBe(200)
})

test('a deleted or removed entry gets no mail', async () => {
  await mailbox.stop()
  await join('frank@example.com')
  await join('gina@example.com')
  const delayed = `select output from waitlist_jobs.job where name = 'mail' and state = 'retry'`
  await expect.poll(async () => (await db.owner.query(delayed)).rowCount).toBe(2)
  await db.owner.query('delete from waitlist.entries where person = $1', [
    personKey('frank@example.com'),
  ])
  const removed = `update waitlist.entries set status = 'removed' where person = $1`
  await db.owner.query(removed, [personKey('gina@example.com')])
  await mailbox.start()
  await allDone()
  expect(mailbox.to('frank@example.com')).toEqual([])
  expect(mailbox.to('gina@example.com')).toEqual([])
})

test('a removed member still gets a requested link, and can erase everything', async () => {
  await post('link', { email: 'gina@example.com' })
  const [link] = await mailbox.arrived('gina@example.com')
  expect(link?.subject).toBe('Your link to VoBee')
  const { member_token } = (await post('sign-in', { token: tokenIn(link, 'token') })).json()
  const headers = { authorization: `Bearer ${member_token}` }
  const erased = await app().inject({ method: 'DELETE', url: '/api/waitlist/me', headers })
  expect(erased.statusCode).toBe(200)
  expect(await entry('gina@example.com')).toBeUndefined()
})
