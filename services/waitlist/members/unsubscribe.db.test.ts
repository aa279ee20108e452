import { asMember } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { tokenIn, useMailedWaitlist } from '../testing/mailed-waitlist.ts'

const { mailbox, app, post, join, entry, allDone } = useMailedWaitlist()

const tokenOf = async (email: string) => {
  await join(email)
  const [mail] = await mailbox.arrived(email)
  return tokenIn(mail, 'unsubscribe') as string
}

test('one click in a mail program unsubscribes, and a GET leads to the button', async () => {
  const token = await tokenOf('ada@example.com')
  const url = `/api/waitlist/unsubscribe?token=${token}`
  const looked = await app().inject(url)
  expect([looked.statusCode, looked.headers.location]).toEqual([
    303,
    `https://vobee.example/me#unsubscribe=${token}`,
  ])
  const lost = await app().inject('/api/waitlist/unsubscribe?token=')
  expect([lost.statusCode, lost.headers.location]).toEqual([303, 'https://vobee.example/me'])
  expect((await entry('ada@example.com')).mail_stopped_at).toBeNull()
  const click = () =>
    app().inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'List-Unsubscribe=One-Click',
    })
  const reply = await click()
  expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success', mail: 'stopped' }])
  const { mail_stopped_at } = await entry('ada@example.com')
  expect(mail_stopped_at).not.toBeNull()
  expect((await click()).statusCode).toBe(200)
  expect((await entry('ada@example.com')).mail_stopped_at).toEqual(mail_stopped_at)
  await join('ada@example.com')
  await allDone()
  expect(mailbox.to('ada@example.com')).toHaveLength(1)
})

test('the page unsubscribes with the token of the link, and a multipart form does too', async () => {
  const token = await tokenOf('bob@example.com')
  expect((await post('unsubscribe', { token })).statusCode).toBe(200)
  expect((await entry('bob@example.com')).mail_stopped_at).not.toBeNull()
  const other = await tokenOf('cleo@example.com')
  const reply = await app().inject({
    method: 'POST',
    url: `/api/waitlist/unsubscribe?token=${other}`,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    payload:
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
  })
  expect(reply.statusCode).toBe(200)
  expect((await entry('cleo@example.com')).mail_stopped_at).not.toBeNull()
})

test('without a token, or with one for another purpose, nothing changes', async () => {
  await join('dan@example.com')
  const [mail] = await mailbox.arrived('dan@example.com')
  const missing = await post('unsubscribe', {})
  expect([missing.statusCode, missing.json().errors]).toEqual([
    400,
    [{ path: 'token', message: 'is required' }],
  ])
  const wrong = await post('unsubscribe', { token: tokenIn(mail, 'confirm') })
  expect([wrong.statusCode, wrong.json().code]).toEqual([401, 'link_invalid'])
  expect((await entry('dan@example.com')).mail_stopped_at).toBeNull()
})

test('a member can subscribe again, and nobody else can do it for them', async () => {
  const token = await tokenOf('eve@example.com')
  await post('unsubscribe', { token })
  expect((await post('subscribe', {})).statusCode).toBe(401)
  const stranger = await post('subscribe', {}, asMember('nobody@example.com'))
  expect([stranger.statusCode, stranger.json().code]).toEqual([404, 'unknown_entry'])
  const reply = await post('subscribe', {}, asMember('Eve@example.com'))
  expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success', mail: 'on' }])
  await join('eve@example.com')
  await mailbox.arrived('eve@example.com', 2)
})
