// The manual test flow of the referral system: users of the host application who are not on the
// waitlist. What the documents show is run as they show it.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inSeconds, signToken } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { call, type Request } from '../testing/client.ts'
import { host, sharedStack } from '../testing/stack.ts'
import { asOwner } from '../testing/traces.ts'

const stack = sharedStack()
const documented = readFileSync(
  join(import.meta.dirname, '../../docs/REFERRAL_MECHANICS.md'),
  'utf8',
)
const friend = 'friend@example.com'

const tokenOf = (sub: string, email: string) =>
  signToken(
    { iss: host.HOST_JWT_ISSUER, aud: host.HOST_JWT_AUDIENCE, sub, email, exp: inSeconds(3_600) },
    host.HOST_JWT_SECRET,
  )
const [userA, userB] = [tokenOf('user-a', 'ann@example.com'), tokenOf('user-b', friend)]

/** Calls a path of the seed, which begins with `/api/referral/`. */
const callAs = (key: string, request: string, body?: unknown) =>
  call(stack, request as Request, body, { key })

/** Returns the documented block of code that contains `text`. */
const blockWith = (text: string) => {
  const blocks = [...documented.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  return blocks.find((code) => code.includes(text)) ?? ''
}

/** Runs a documented block of shell commands. Returns what it prints, as JSON. */
const run = async (block: string) => {
  const script = block.replaceAll('http://localhost:8000', stack.gateway)
  const env = { ...process.env, ...host }
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -e\n${script}`], { env })
  return JSON.parse(stdout)
}

const stats = async () => (await callAs(userA, 'GET /api/referral/stats')).body

test('a user of the host generates a code, and another one signs up with it', async () => {
  const generated = await callAs(userA, 'POST /api/referral/generate-code', {})
  expect(generated.status).toBe(201)
  expect(generated.body).toEqual({
    code: expect.stringMatching(/^[A-HJ-NP-Z2-9]{8}$/),
    userId: expect.any(String),
    expiresAt: expect.any(String),
  })
  const { code, userId } = generated.body
  const tracked = await callAs(userB, 'POST /api/referral/track', { referralCode: code })
  expect(tracked.status).toBe(201)
  expect(tracked.body).toEqual({
    message: 'Referral tracked successfully',
    referralId: expect.any(String),
    referrerUserId: userId,
  })
  expect(await stats()).toMatchObject({ totalReferrals: 1, convertedReferrals: 0 })
})

test('a payment that Stripe reports converts the referral', async () => {
  const reply = await run(blockWith('Stripe-Signature: t='))
  expect(reply).toEqual({ status: 'success', conversion: 'recorded' })
  expect(await stats()).toMatchObject({
    totalReferrals: 1,
    convertedReferrals: 1,
    pendingReferrals: 0,
  })
})

test('the referrer claims the reward once', async () => {
  const { rewards } = (await callAs(userA, 'GET /api/referral/rewards')).body
  const { id } = rewards.find((one: { rewardType: string }) => one.rewardType === 'free_premium')
  const claim = () => callAs(userA, 'POST /api/referral/claim-reward', { rewardId: id })
  const claimed = await claim()
  expect(claimed.status).toBe(200)
  expect(claimed.body).toEqual({
    message: 'Reward claimed successfully',
    reward: {
      id,
      rewardType: 'free_premium',
      rewardValue: expect.objectContaining({ days: 30 }),
      claimedAt: expect.any(String),
    },
  })
  expect((await claim()).status).toBe(404)
})

test('the documented queries show the referral chain and the rewards', async () => {
  const results = await asOwner(stack, (client) => client.query(blockWith('FROM referrals r')))
  const [, tables, jobs, chain, rewards] = results as unknown as { rows: unknown[] }[]
  expect(tables?.rows).toHaveLength(4)
  expect(jobs?.rows).toEqual(expect.any(Array))
  expect(chain?.rows).toEqual([
    {
      code: expect.any(String),
      status: 'converted',
      referrer: 'a***@e***.com',
      referred: 'f***@e***.com',
      converted_at: expect.any(Date),
    },
  ])
  expect(rewards?.rows).toContainEqual({
    email: 'a***@e***.com',
    reward_type: 'free_premium',
    reward_value: expect.objectContaining({ days: 30 }),
    is_claimed: true,
    created_at: expect.any(Date),
  })
})

test('another report of the payment, by Standard Webhooks, grants nothing more', async () => {
  const reply = await run(blockWith('webhook-signature: v1,'))
  expect(reply).toEqual({ status: 'success', conversion: 'recorded' })
  const { rewards } = (await callAs(userA, 'GET /api/referral/rewards')).body
  const premium = rewards.filter((one: { rewardType: string }) => one.rewardType === 'free_premium')
  expect(premium).toHaveLength(1)
})

test('no log has the address of the person who paid', () => {
  expect(stack.printed()).toContain('/api/referrals/conversions/webhook')
  expect(stack.printed()).not.toContain(friend)
})
