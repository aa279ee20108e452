// The mail of a running system while the mailbox is killed. The mailbox drops repeated mails:
// services/waitlist/mail/sending/worker.db.test.ts tests that none is sent twice.
import { expect, test } from 'vitest'
import { call, join, mailTo } from '../testing/client.ts'
import { sharedStack } from '../testing/stack.ts'

const stack = sharedStack()
const ada = 'ada@example.com'

const tokenFor = async (email: string, purpose: string) => {
  await expect.poll(() => mailTo(stack, email)).not.toBeNull()
  const { text } = await mailTo(stack, email)
  return new RegExp(`/me#${purpose}=([\\w-]+)`).exec(text)?.[1]
}

const subjectsTo = async (email: string): Promise<string[]> => {
  const path = `GET /api/mails?to=${encodeURIComponent(email)}` as const
  const { body } = await call(stack, path, undefined, { base: stack.mailbox })
  return body.mails.map(({ subject }: { subject: string }) => subject)
}

const scoreOf = async (email: string) => {
  const q = encodeURIComponent(email)
  const list = await call(stack, `GET /api/waitlist/entries?q=${q}`, undefined, { key: true })
  return list.body.entries[0].score
}

test('a referral counts when the friend confirms by the mailed link', async () => {
  const { referral_code } = (await join(stack, ada)).body
  const before = await scoreOf(ada)
  await join(stack, 'bella@example.com', { referred_by: referral_code })
  const token = await tokenFor('bella@example.com', 'confirm')
  expect(await scoreOf(ada)).toBe(before)
  const reply = await call(stack, 'POST /api/waitlist/confirm', { token })
  expect(reply.body).toMatchObject({ status: 'success', confirmed: true, expires_in: 3600 })
  await expect.poll(() => scoreOf(ada)).toBe(before + 5)
  // The mail about the earned code may come before or after it.
  await expect.poll(() => subjectsTo(ada)).toContainEqual(expect.stringMatching(/^You moved up/))
})

test('a released person gets a mail with a code that only they can redeem', async () => {
  const release = { count: 1, filter: { q: ada } }
  expect((await call(stack, 'POST /api/waitlist/release', release, { key: true })).status).toBe(201)
  await expect.poll(async () => (await mailTo(stack, ada)).subject).toBe('You are invited to VoBee')
  const code = /VOBEE-[0-9A-F]{12}/.exec((await mailTo(stack, ada)).text)?.[0]
  const redeem = (email: string) => call(stack, 'POST /api/invites/redeem', { code, email })
  expect((await redeem('bella@example.com')).body.code).toBe('code_not_yours')
  expect((await redeem(ada)).status).toBe(200)
})

test('the mailbox is killed during 300 joins, and every person gets a mail', async () => {
  const names = Array.from({ length: 300 }, (_, n) => `n${n}@example.com`)
  const joinSome = (from: number, to: number) =>
    Promise.all(names.slice(from, to).map((name) => join(stack, name)))
  await joinSome(0, 100)
  process.kill((await stack.pidOf('mailbox')) as number, 'SIGKILL')
  await joinSome(100, 200)
  await joinSome(200, 300)
  const arrived = async () => {
    const base = stack.mailbox
    const listed = await call(stack, 'GET /api/mails', undefined, { base }).catch(() => null)
    const mails: { to: string }[] = listed?.body.mails ?? []
    return mails.map(({ to }) => to).filter((to) => /^n\d+@/.test(to))
  }
  await expect.poll(async () => (await arrived()).length, { timeout: 40_000 }).toBe(300)
  expect(new Set(await arrived())).toEqual(new Set(names))
}, 90_000)
