// Kills every process once, and the database under load: nothing is lost.
import { readFile } from 'node:fs/promises'
import { join as path } from 'node:path'
import { expect, test } from 'vitest'
import { call, join, type Response } from '../testing/client.ts'
import { sharedStack } from '../testing/stack.ts'
import { asOwner } from '../testing/traces.ts'

const stack = sharedStack()

const up = async () => (await call(stack, 'GET /status')).body.status
const untilUp = () => expect.poll(up, { timeout: 20_000 }).toBe('healthy')

const kill = async (name: Parameters<typeof stack.pidOf>[0]) => {
  const pid = await stack.pidOf(name)
  if (!pid) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
}

test('an unavailable service answers 503 with Retry-After, and the others work', async () => {
  await kill('invites')
  const { status, body, headers } = await call(stack, 'POST /api/invites/validate', { code: 'X' })
  expect(status).toBe(503)
  expect(headers.get('content-type')).toContain('application/problem+json')
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(JSON.stringify(body)).not.toContain(String(stack.ports.invites))
  expect((await join(stack, 'meanwhile@example.com')).status).toBe(201)
  await untilUp()
})

test.each(['waitlist', 'invites', 'referrals', 'quality-gates', 'gateway'] as const)(
  '%s is restarted after kill -9',
  async (name) => {
    const before = await stack.pidOf(name)
    await kill(name)
    await expect.poll(() => stack.pidOf(name), { timeout: 10_000 }).not.toBe(before)
    await expect.poll(() => up().catch(() => 'unavailable'), { timeout: 20_000 }).toBe('healthy')
  },
)

/** Joins eight at a time until `until` resolves. Returns each response, or null. */
const keepJoining = async (until: Promise<unknown>) => {
  const replies = new Map<string, Response | null>()
  let going = true
  const over = until.finally(() => {
    going = false
  })
  for (let i = 0; going; i += 8) {
    const emails = Array.from({ length: 8 }, (_, k) => `survivor${i + k}@example.com`)
    const settled = await Promise.allSettled(emails.map((email) => join(stack, email)))
    for (const [k, one] of settled.entries()) {
      replies.set(emails[k] as string, one.status === 'fulfilled' ? one.value : null)
    }
  }
  await over
  return replies
}

const storedAddresses = async (): Promise<Set<string>> => {
  const sql = 'select email from waitlist.entries'
  const { rows } = await asOwner(stack, (client) => client.query(sql))
  return new Set(rows.map((row) => row.email))
}

test('Postgres is killed under load and restarted: every answered join is stored', async () => {
  const pids = await Promise.all((['waitlist', 'invites'] as const).map(stack.pidOf))
  const restarted = (async () => {
    const pidFile = await readFile(path(stack.dataDir, 'postgres/data/postmaster.pid'), 'utf8')
    process.kill(Number(pidFile.split('\n')[0]), 'SIGQUIT')
    await expect.poll(up, { timeout: 10_000, interval: 20 }).not.toBe('healthy')
    await untilUp()
  })()
  const replies = await keepJoining(restarted)
  const answered = [...replies].filter(([, reply]) => reply?.status === 201)
  expect(answered.length).toBeGreaterThan(0)
  const stored = await storedAddresses()
  for (const [email] of answered) expect(stored).toContain(email)
  for (const reply of replies.values()) expect([201, 503, undefined]).toContain(reply?.status)
  expect(await Promise.all((['waitlist', 'invites'] as const).map(stack.pidOf))).toEqual(pids)
})
