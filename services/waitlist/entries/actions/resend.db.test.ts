// Sending the mail of an entry again: the one that fits its state, at most three times a day.
import { randomUUID } from 'node:crypto'
import { asAdmin } from '@vobee/testing/settings'
import { beforeEach, expect, test } from 'vitest'
import { tokenIn, useMailedWaitlist } from '../../testing/mailed-waitlist.ts'

const { db, mailbox, post, join, entry, publish, published, allDone } = useMailedWaitlist()

const ada = 'ada@example.com'
const resend = (id: string) => post(`entries/${id}/resend`, { reason: 'asked' }, asAdmin)
const mails = () => mailbox.to(ada)
const set = (columns: string) => db.owner.query(`update waitlist.entries set ${columns}`)

beforeEach(async () => {
  await db.empty()
  await join(ada)
  await allDone()
  mailbox.mails.length = 0
})

test('an entry that waits gets the link that confirms; a confirmed one its place', async () => {
  const { id } = await entry(ada)
  const reply = await resend(id)
  expect([reply.statusCode, reply.json()]).toEqual([
    202,
    { status: 'success', id, mail: 'confirmation' },
  ])
  await allDone()
  expect(tokenIn(mails()[0], 'confirm')).toBeDefined()
  await set('confirmed_at = now()')
  expect((await resend(id)).json().mail).toBe('welcome')
  await allDone()
  expect(mails()).toHaveLength(2)
  expect(tokenIn(mails()[1], 'confirm')).toBeUndefined()
  expect(mails()[1]?.text).toContain('number 1 of 1')
  const { rows } = await db.owner.query('select act, subject, reason, details from waitlist.audit')
  expect(rows).toHaveLength(2)
  expect(rows[1]).toEqual({
    act: 'waitlist.mail_resent',
    subject: id,
    reason: 'asked',
    details: { mail: 'welcome' },
  })
})

test('an invited entry gets its code again, each time it is requested', async () => {
  const { id, person } = await entry(ada)
  await set(`status = 'invited'`)
  const code = 'VOBEE-0123456789AB'
  await publish('invites.issued', { codes: [{ person, code, grant_id: null }] })
  await allDone()
  for (const count of [2, 3]) {
    expect((await resend(id)).json().mail).toBe('invitation')
    const { people } = (await published('invites', 'waitlist.invitation_requested')).at(-1)
    expect(people).toEqual([{ person, request_id: expect.any(String) }])
    await publish('invites.reissued', { codes: [{ ...people[0], code }] })
    await allDone()
    expect(mails()).toHaveLength(count)
    expect(mails().at(-1)?.text).toContain(code)
  }
})

test('a person gets three such mails a day, then the caller learns how long to wait', async () => {
  const { id } = await entry(ada)
  for (let n = 0; n < 3; n++) {
    expect((await resend(id)).statusCode).toBe(202)
    await allDone()
  }
  const limited = await resend(id)
  expect([limited.statusCode, limited.json().code]).toEqual([429, 'too_many_mails'])
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(86_000)
  await allDone()
  expect(mails()).toHaveLength(3)
})

test('whoever unsubscribed, redeemed, was removed or never joined gets no mail', async () => {
  const { id } = await entry(ada)
  const codeOf = async (columns: string) => {
    await set(columns)
    const reply = await resend(id)
    return [reply.statusCode, reply.json().code]
  }
  expect(await codeOf('mail_stopped_at = now()')).toEqual([409, 'unsubscribed'])
  for (const status of ['redeemed', 'removed'])
    expect(await codeOf(`status = '${status}'`)).toEqual([409, 'nothing_to_resend'])
  const unknown = await resend(randomUUID())
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown_entry'])
  await allDone()
  expect(mails()).toEqual([])
  expect((await db.owner.query('select from waitlist.audit')).rowCount).toBe(0)
})
