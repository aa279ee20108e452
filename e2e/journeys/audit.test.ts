// What `npm run audit` says of a running system: that all is well, and what is not.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgresPort } from '@vobee/local/postgres/server'
import pg from 'pg'
import { expect, test } from 'vitest'
import { call, join as joinWaitlist } from '../client.ts'
import { useStack } from '../stack.ts'

const stack = useStack({ POSTGRES_PASSWORD: 'owner-of-the-audited-system' })
const root = join(import.meta.dirname, '../..')

/** The command, as an operator runs it beside `npm start`. */
const audit = async (more: NodeJS.ProcessEnv = {}, ...args: string[]) => {
  const env = { ...process.env, DATA_DIR: stack.dataDir, PUBLIC_URL: stack.gateway, ...more }
  const command = ['local/commands/audit.ts', ...args]
  const run = promisify(execFile)(process.execPath, command, { cwd: root, env })
  return run.then(
    ({ stdout }) => ({ code: 0, printed: stdout }),
    ({ code, stdout, stderr }) => ({ code, printed: stdout + stderr }),
  )
}

const harm = async (statement: string) => {
  const port = await findPostgresPort(stack.dataDir)
  const url = `postgres://orchestrator:owner-of-the-audited-system@127.0.0.1:${port}/orchestrator_db`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

test('after joins and codes the whole is clean', async () => {
  const { body } = await joinWaitlist(stack, 'ada@example.com')
  for (const friend of ['bea', 'cyd', 'dan']) {
    await joinWaitlist(stack, `${friend}@example.com`, { referred_by: body.referral_code })
  }
  await call(stack, 'POST /api/invites/generate', { batch_size: 5 }, { key: true })
  const { code, printed } = await audit()
  expect(printed).toMatch(/waitlist +positions +rows +4 +kept +4 +ok/)
  expect(printed).toMatch(/invites +batch_sizes +rows +5 +kept +5 +ok/)
  expect(printed).toContain('The audit is clean.')
  expect(code).toBe(0)
})

test('a count that was tampered with is named, and the command fails', async () => {
  await harm('update waitlist.line_scores set waiting = waiting + 1')
  const { code, printed } = await audit({}, `${stack.gateway}/`)
  expect(printed).toMatch(/waitlist +line_scores .* OFF/)
  expect(printed).toContain('The audit is off.')
  expect(code).toBe(1)
  await harm('update waitlist.line_scores set waiting = waiting - 1')
  expect((await audit()).code).toBe(0)
})

test('a service that is gone is no clean audit', async () => {
  const pid = await stack.pidOf('referrals')
  if (pid) process.kill(pid, 'SIGSTOP')
  const { code, printed } = await audit()
  if (pid) process.kill(pid, 'SIGCONT')
  expect(printed).toMatch(/referrals +did not audit itself/)
  expect(code).toBe(1)
})

test('a key that is wrong, or a gateway that is not there, is said in one line', async () => {
  const wrong = await audit({ ADMIN_API_KEY: 'a-wrong-key-of-more-than-32-characters' })
  expect(wrong).toEqual({ code: 1, printed: expect.stringMatching(/answered 401: /) })
  const away = await audit({}, 'http://127.0.0.1:9')
  expect(away).toEqual({ code: 1, printed: expect.stringMatching(/does not answer: /) })
})
