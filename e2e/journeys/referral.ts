// Referrals: credit, score, earned codes, and the gate that pauses them.
import { expect, test } from 'vitest'
import { call, join } from '../testing/client.ts'
import { sharedStack } from '../testing/stack.ts'

const stack = sharedStack()
const ada = 'ada@example.com'
const eli = 'eli@example.com'
let adasCode: string

const earn = (user_email: string) =>
  call(stack, 'POST /api/referrals/earn', { user_email }, { key: true })

test('a share link leads to the landing page with its code', async () => {
  adasCode = (await join(stack, ada)).body.referral_code
  await join(stack, 'earlier@example.com', { persona: 'agency' })
  const { status, headers } = await call(stack, `GET /r/${adasCode}`)
  expect(status).toBe(302)
  expect(headers.get('location')).toBe(`/join.html?ref=${adasCode}`)
})

test('each friend who joins with the code moves its owner up', async () => {
  for (const friend of ['bea', 'cyd', 'dan']) {
    await join(stack, `${friend}@example.com`, { referred_by: adasCode })
  }
  const quality = () => call(stack, `GET /api/referrals/${ada}/quality`, undefined, { key: true })
  await expect
    .poll(async () => (await quality()).body)
    .toEqual({
      referred_count: 3,
      quality_score: 1,
      rewards: [{ type: 'invite_codes', amount: 3, reason: 'First 3 referrals' }],
    })
  await expect
    .poll(async () => (await earn(ada)).body)
    .toEqual({
      earned: true,
      codes_available: 3,
      message: 'You earned 3 invite codes',
    })
  // 15 for her answers and 3 × 5 for her friends: before the agencies' 25. A repeated join has the
  // place of a newcomer with the same answers, here behind her and two agencies.
  const agency = () => join(stack, 'probe@example.com', { persona: 'agency' })
  await agency()
  await expect.poll(async () => (await agency()).body.position).toBe(4)
})

/** Resolves when referrals has processed all its events. */
const untilProcessed = () =>
  expect
    .poll(
      async () =>
        (await call(stack, 'GET /api/referrals/status', undefined, { key: true })).body.inbox
          .waiting,
    )
    .toBe(0)

test('while the gate is closed, no codes are issued or earned', async () => {
  await call(stack, 'POST /api/quality/metrics', { churn_rate: 0.3 }, { key: true })
  const generate = () => call(stack, 'POST /api/invites/generate', { batch_size: 1 }, { key: true })
  await expect.poll(async () => (await generate()).status).toBe(423)
  expect((await generate()).body).toMatchObject({
    code: 'invites_paused',
    reasons: expect.arrayContaining(['churn_high']),
  })
  const elisCode = (await join(stack, eli)).body.referral_code
  await join(stack, 'fay@example.com', { referred_by: elisCode })
  await untilProcessed()
  expect((await earn(eli)).status).toBe(423)
  expect((await earn(ada)).status).toBe(200)
  await expect
    .poll(async () => (await join(stack, 'late@example.com')).body.invites_paused)
    .toBe(true)
})

test('when the gate opens, the member earns what was due', async () => {
  await call(stack, 'POST /api/quality/metrics', { churn_rate: 0.05 }, { key: true })
  await expect
    .poll(async () => (await earn(eli)).body)
    .toEqual({
      earned: true,
      codes_available: 1,
      message: 'You earned 1 invite code',
    })
})
