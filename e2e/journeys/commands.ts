// The commands of an operator, run beside `npm start`.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expectWithinASecond } from '@vobee/testing/within-a-second'
import { describe, expect, test } from 'vitest'
import { call, join as joinWaitlist, type Request } from '../testing/client.ts'
import { allConsumed, sharedStack } from '../testing/stack.ts'
import { asOwner } from '../testing/traces.ts'

const stack = sharedStack()
const root = join(import.meta.dirname, '../..')

const environment = () => {
  const { DATABASE_URL: _, ...env } = process.env
  const MAILBOX_PORT = new URL(stack.mailbox).port
  return { ...env, DATA_DIR: stack.dataDir, PUBLIC_URL: stack.gateway, MAILBOX_PORT }
}

/** Runs a script of local/commands. */
const runScript = (script: string, more: NodeJS.ProcessEnv, args: string[]) => {
  const options = { cwd: root, env: { ...environment(), ...more } }
  const command = [`local/commands/${script}.ts`, ...args]
  return promisify(execFile)(process.execPath, command, options).then(
    ({ stdout }) => ({ code: 0, printed: stdout }),
    ({ code, stdout, stderr }) => ({ code, printed: stdout + stderr }),
  )
}

describe('npm run audit', () => {
  const audit = (more: NodeJS.ProcessEnv = {}, ...args: string[]) => runScript('audit', more, args)
  const harm = (sql: string) => asOwner(stack, (client) => client.query(sql))

  test('is clean after joins and codes', async () => {
    const { body } = await joinWaitlist(stack, 'ada@example.com')
    for (const friend of ['bea', 'cyd', 'dan']) {
      await joinWaitlist(stack, `${friend}@example.com`, { referred_by: body.referral_code })
    }
    await call(stack, 'POST /api/invites/generate', { batch_size: 5 }, { key: true })
    const { code, printed } = await audit()
    expect(printed).toMatch(/waitlist +positions +rows +4 +stored +4 +ok/)
    expect(printed).toMatch(/invites +batch_sizes +rows +5 +stored +5 +ok/)
    expect(printed).toContain('The audit is clean.')
    expect(code).toBe(0)
  })

  test('names a changed counter and fails', async () => {
    await harm('update waitlist.line_scores set waiting = waiting + 1')
    const { code, printed } = await audit({}, `${stack.gateway}/`)
    expect(printed).toMatch(/waitlist +line_scores .* OFF/)
    expect(printed).toContain('The audit is off.')
    expect(code).toBe(1)
    await harm('update waitlist.line_scores set waiting = waiting - 1')
    expect((await audit()).code).toBe(0)
  })

  test('is not clean while a service is unavailable', async () => {
    const pid = await stack.pidOf('referrals')
    if (pid) process.kill(pid, 'SIGSTOP')
    const { code, printed } = await audit()
    if (pid) process.kill(pid, 'SIGCONT')
    expect(printed).toMatch(/referrals +was not checked/)
    expect(code).toBe(1)
  })

  test('names a wrong key or a missing gateway in one line', async () => {
    const wrong = await audit({ ADMIN_API_KEY: 'a-wrong-key-of-more-than-32-characters' })
    expect(wrong).toEqual({ code: 1, printed: expect.stringMatching(/answered 401: /) })
    const missing = await audit({}, 'http://127.0.0.1:9')
    expect(missing).toEqual({ code: 1, printed: expect.stringMatching(/does not answer: /) })
  })
})

describe('npm run keys', () => {
  const keys = async (...args: string[]) => {
    const options = { cwd: root, env: environment() }
    const command = ['run', '-s', 'keys', '--', ...args]
    return (await promisify(execFile)('npm', command, options)).stdout.trim()
  }

  test('creates a key that works at once, and revokes it everywhere within a second', async () => {
    const key = await keys('create', '--name', 'campaigns', '--scopes', 'invites:write,ops:read')
    const generated = await call(stack, 'POST /api/invites/generate', { batch_size: 2 }, { key })
    expect([generated.status, generated.body.codes.length]).toEqual([201, 2])
    expect((await call(stack, 'GET /services', undefined, { key })).status).toBe(200)
    expect((await call(stack, 'GET /api/quality/alerts', undefined, { key })).status).toBe(403)

    const { body } = await call(stack, 'GET /api/invites/audit', undefined, { key })
    const act = { actor: 'campaigns', key_id: key.split('_')[1], act: 'invites.generated' }
    const own = body.acts.filter(({ actor }: { actor: string }) => actor === 'campaigns')
    expect(own).toMatchObject([{ ...act, subject: generated.body.batch_id }])
    await expect.poll(() => keys('list')).toMatch(/campaigns {2}live .*[\d-]{10} [\d:]{5}$/)

    await keys('revoke', key.split('_')[1] as string)
    const paths = ['GET /services', 'GET /api/invites/audit', 'GET /api/referrals/audit'] as const
    const statusOf = async (path: Request) => (await call(stack, path, undefined, { key })).status
    await Promise.all(paths.map((path) => expectWithinASecond(401, () => statusOf(path))))
  })

  test('prints its usage for an invalid command and exits with 2', async () => {
    await expect(keys('create', '--name', 'x')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--scopes must name at least one scope'),
    })
  })
})

describe('npm run demo', () => {
  const demo = () => runScript('demo', {}, ['--people', '40'])
  const get = async (request: Request) =>
    (await call(stack, request, undefined, { key: true })).body

  test('fills the system with people, referrals, waves, redeemed codes and a closed gate', async () => {
    const before = await get('GET /api/waitlist/stats')
    const { code, printed } = await demo()
    expect(printed).toContain('40 people joined the waitlist')
    expect(code).toBe(0)
    expect((await get('GET /api/waitlist/stats')).total).toBe(before.total + 40)
    expect((await get('GET /api/waitlist/waves')).waves).toHaveLength(3)
    const mostReferrals = async () => {
      const { entries } = await get('GET /api/waitlist/entries?q=demo.example&limit=100')
      return Math.max(...entries.map(({ referrals }: { referrals: number }) => referrals))
    }
    await expect.poll(mostReferrals).toBeGreaterThan(0)
    const used = await get('GET /api/invites/codes?status=used&limit=100')
    expect(used.codes.length).toBeGreaterThan(13)
    const { evaluations } = await get('GET /api/quality/history')
    expect(evaluations[0]).toMatchObject({ invites_allowed: false, churn_rate: 0.31 })
  })

  test('changes nothing when it runs again', async () => {
    await allConsumed(stack)
    const before = await get('GET /api/waitlist/stats')
    expect((await demo()).printed).toContain('already holds the demo')
    expect(await get('GET /api/waitlist/stats')).toEqual(before)
    const { evaluations } = await get('GET /api/quality/history')
    expect(evaluations[0]).toMatchObject({ invites_allowed: false })
  })
})
