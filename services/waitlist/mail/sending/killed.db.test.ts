// A waitlist that is killed while it sends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join as path } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { useDatabase } from '@vobee/testing/database'
import { useMailbox } from '@vobee/testing/mailbox'
import { ADMIN_KEY, MEMBER_TOKEN_SECRET, PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { expect, onTestFinished, test, vi } from 'vitest'

const db = useDatabase()
const mailbox = useMailbox()
const script = path(import.meta.dirname, '../../main.ts')

/** Starts a waitlist as a process. Resolves when it is ready. */
const start = async () => {
  const port = String(await findFreePort())
  const settings = { PORT: port, HOST: '127.0.0.1', LOG_LEVEL: 'fatal', RATE_LIMITS: 'off' }
  const secrets = { ADMIN_API_KEY: ADMIN_KEY, MEMBER_TOKEN_SECRET, PERSON_KEY_SECRET }
  const env = { ...settings, ...secrets, DATABASE_URL: db.urls.waitlist, SMTP_URL: mailbox.url }
  const child = spawn(process.execPath, [script], { env, stdio: 'inherit' })
  const url = `http://127.0.0.1:${port}`
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  onTestFinished(kill)
  const isReady = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await vi.waitUntil(isReady, { timeout: 20_000 })
  return { url, kill }
}

const join = (url: string, email: string) =>
  fetch(`${url}/api/waitlist/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, use_case: 'to see', persona: 'other' }),
  })

const LEFT = `
  select (select count(*) from waitlist.inbox)::int as events, coalesce(sum(case
    when data ? 'mails' then (select count(*) from jsonb_object_keys(data -> 'mails'))
      - coalesce(jsonb_array_length(data -> 'sent'), 0)
    else 1 end), 0)::int as mails
  from waitlist_jobs.job where name in ('mail', 'mail-groups') and state <= 'active'`

test('a killed waitlist sends every mail once, except at most ten in flight or not yet recorded', async () => {
  const first = await start()
  const names = Array.from({ length: 300 }, (_, n) => `n${n}@example.com`)
  const { release } = mailbox.hold()
  await vi.waitUntil(async () => (await join(first.url, 'first@example.com')).status === 201)
  const replies = await Promise.all(names.map((name) => join(first.url, name)))
  expect(replies.map(({ status }) => status)).toEqual(names.map(() => 201))
  const left = async () => (await db.owner.query(LEFT)).rows[0]
  await expect.poll(left).toEqual({ events: 0, mails: 301 })
  release()
  await vi.waitUntil(() => mailbox.mails.length > 60, { interval: 1, timeout: 20_000 })
  await first.kill()
  const sent = mailbox.mails.length
  expect(sent).toBeLessThan(300)
  // As pg-boss does when a job's heartbeat timed out.
  await db.owner.query(
    `update waitlist_jobs.job set state = 'retry', start_after = now() where state = 'active'`,
  )
  await start()
  await expect.poll(left, { timeout: 30_000 }).toEqual({ events: 0, mails: 0 })
  const counts = names.map((name) => mailbox.to(name).length)
  expect(Math.min(...counts)).toBe(1)
  const repeated = mailbox.mails.length - 301
  expect(repeated).toBeLessThanOrEqual(10)
  expect(new Set(mailbox.mails.map(({ messageId }) => messageId)).size).toBe(301)
}, 60_000)
