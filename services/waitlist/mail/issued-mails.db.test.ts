// Codes that an admin issued to an address.
import { randomUUID } from 'node:crypto'
import { asMember } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { personKey, tokenIn, useMailedWaitlist } from '../testing/mailed-waitlist.ts'
import { deleteEndedMails } from './issued-mails.ts'

const { db, mailbox, app, post, join, publish, allDone } = useMailedWaitlist()

const issue = (email: string, codes = ['VOBEE-1'], batch_id: string = randomUUID()) => {
  const mail = { batch_id, person: personKey(email), email, codes, count: codes.length }
  return publish('invites.issued', { codes: [], mail })
}

const stored = async () => (await db.owner.query('select * from waitlist.issued_mails')).rows
const allSent = async () => {
  await allDone()
  expect(await stored()).toEqual([])
}

test('are mailed once to an address that is not on the list, and the address is not kept', async () => {
  await issue('Stranger@example.com', ['VOBEE-1', 'VOBEE-2'], 'one')
  await issue('Stranger@example.com', ['VOBEE-1', 'VOBEE-2'], 'one')
  const [mail] = await mailbox.arrived('Stranger@example.com')
  await allDone()
  expect(mailbox.to('Stranger@example.com')).toHaveLength(1)
  expect(mail?.subject).toBe('Your invite codes for VoBee')
  expect(mail?.text).toMatch(/VOBEE-1[\s\S]*me#invite=VOBEE-1[\s\S]*VOBEE-2/)
  expect(mail?.text).toContain('because an invite code was issued to this address')
  expect(mail?.headers.map(({ key }) => key)).not.toContain('list-unsubscribe')
  await db.owner.query(`update waitlist.issued_mails set created_at = now() - interval '2 hours'`)
  await deleteEndedMails(app().database)
  const { rows } = await db.owner.query(`
    select job::text from waitlist_jobs.job as job where job::text ~ 'tranger|VOBEE-'
    union all select mail::text from waitlist.issued_mails as mail`)
  expect(rows).toEqual([])
})

test('are mailed in the language of the entry, at the address that the admin gave', async () => {
  await join('karl@example.com', { locale: 'de' })
  await mailbox.arrived('karl@example.com')
  await issue('Karl+work@example.com')
  const [mail] = await mailbox.arrived('Karl+work@example.com')
  expect(mail?.subject).toBe('Dein Einladungscode für VoBee')
  expect(mail?.headers.map(({ key }) => key)).toContain('list-unsubscribe')
  await allSent()
  expect((await post('unsubscribe', { token: tokenIn(mail, 'unsubscribe') })).statusCode).toBe(200)
})

test('are not mailed to a member who unsubscribed', async () => {
  await issue('karl@example.com')
  await allSent()
  expect(mailbox.to('karl@example.com')).toHaveLength(1)
})

test('say on which page the codes are that the mail does not list', async () => {
  const mail = { batch_id: 'many', person: personKey('m@example.com'), email: 'm@example.com' }
  await publish('invites.issued', {
    codes: [],
    mail: { ...mail, codes: ['VOBEE-1'], count: 1_200 },
  })
  const [sent] = await mailbox.arrived('m@example.com')
  expect(sent?.text).toContain('These 1,200 invite codes are for you alone:')
  expect(sent?.text).toContain('Your page shows the other codes.')
  await allSent()
})

test('are not mailed to a person who was erased while the mail waited', async () => {
  await mailbox.stop()
  await issue('eve@example.com')
  await expect.poll(stored).toHaveLength(1)
  const headers = asMember('eve@example.com')
  const exported = await app().inject({ url: '/api/waitlist/me/export', headers })
  expect(exported.json().issued).toMatchObject([{ email: 'eve@example.com', codes: ['VOBEE-1'] }])
  await app().inject({ method: 'DELETE', url: '/api/waitlist/me', headers })
  expect(await stored()).toEqual([])
  await mailbox.start()
  await allDone()
  expect(mailbox.to('eve@example.com')).toEqual([])
})

test('are not mailed to a person who was erased before the event was handled', async () => {
  const pseudonym = { person: 'erased-1', email: null }
  const mail = { batch_id: 'late', ...pseudonym, codes: ['VOBEE-1'], count: 1 }
  await publish('invites.issued', { codes: [], mail })
  await allSent()
})

test('wait while the mail server is unavailable, also longer than the cleaning job', async () => {
  await mailbox.stop()
  await issue('late@example.com')
  await expect.poll(stored).toHaveLength(1)
  await db.owner.query(`update waitlist.issued_mails set created_at = now() - interval '2 hours'`)
  await deleteEndedMails(app().database)
  await mailbox.start()
  await mailbox.arrived('late@example.com')
  await allSent()
})
