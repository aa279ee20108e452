// The steps of the setup guide, in order, with the key that `npm start` printed.
import { expect, test } from 'vitest'
import { call } from '../testing/client.ts'
import { sharedStack } from '../testing/stack.ts'

const stack = sharedStack()
let code: string

test('each service reports its health, and the gateway the health of all', async () => {
  for (const name of ['waitlist', 'invites', 'referrals', 'quality-gates'] as const) {
    const base = `http://127.0.0.1:${stack.ports[name]}`
    const { body } = await call(stack, 'GET /health', undefined, { base })
    expect(body).toEqual({ status: 'healthy', service: name, timestamp: expect.any(String) })
  }
  const { status, body } = await call(stack, 'GET /status')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    status: 'healthy',
    services: {
      waitlist: { status: 'healthy', latency_ms: expect.any(Number) },
      invites: { status: 'healthy' },
      referrals: { status: 'healthy' },
      'quality-gates': { status: 'healthy' },
    },
  })
})

test('a visitor joins the waitlist', async () => {
  const { status, body } = await call(stack, 'POST /api/waitlist/join', {
    email: 'user@example.com',
    use_case: 'I want to use VoBee for marketing automation',
    persona: 'solo_founder',
  })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    status: 'success',
    position: 1,
    total_waiting: 1,
    estimated_wait: '1-2 days',
    share_url: `http://localhost:${stack.ports.gateway}/r/${body.referral_code}`,
  })
})

test('an admin generates 50 codes', async () => {
  const asked = { batch_size: 50, batch_id: 'BATCH-20251220' }
  expect((await call(stack, 'POST /api/invites/generate', asked)).status).toBe(401)
  expect((await call(stack, 'POST /api/invites/generate', asked, { key: 'wrong' })).status).toBe(
    401,
  )
  const { status, body } = await call(stack, 'POST /api/invites/generate', asked, { key: true })
  expect(status).toBe(201)
  expect(body).toMatchObject({ status: 'success', batch_id: 'BATCH-20251220', generated: 50 })
  expect(new Set(body.codes).size).toBe(50)
  for (const made of body.codes) expect(made).toMatch(/^VOBEE-[0-9A-F]{12}$/)
  code = body.codes[0]
})

test('the code has a status before and after it is redeemed', async () => {
  const before = await call(stack, `GET /api/invites/${code}/status`)
  expect(before.body).toMatchObject({ valid: true, used: false, status: 'active' })
  const redeemed = await call(stack, 'POST /api/invites/redeem', {
    code,
    email: 'user@example.com',
  })
  expect(redeemed.status).toBe(200)
  expect(redeemed.body).toEqual({
    status: 'success',
    message: 'Invite code redeemed successfully',
    email: 'user@example.com',
  })
  const after = await call(stack, `GET /api/invites/${code}/status`)
  expect(after.body).toMatchObject({ valid: false, used: true, status: 'used' })
})

test('a person who redeemed no longer waits', async () => {
  await expect
    .poll(async () => (await call(stack, 'GET /api/waitlist/stats')).body)
    .toMatchObject({ total: 1, processed_today: 0, waiting: 0 })
})

test('a referral is tracked', async () => {
  const asked = { inviter_email: 'user@example.com', recipient_email: 'friend@example.com' }
  const { status, body } = await call(stack, 'POST /api/referrals/share', asked, { key: true })
  expect(status).toBe(201)
  expect(body).toEqual({
    status: 'success',
    referral_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    message: 'Referral tracked successfully',
  })
})

test('the trust score, the alerts and the gate can be read', async () => {
  expect((await call(stack, 'GET /api/quality/trust-score')).body).toEqual({
    trust_score: 1,
    churn_rate: 0,
    fraud_rate: 0,
    engagement_rate: 1,
    invites_paused: false,
    health_status: 'healthy',
  })
  const alerts = await call(stack, 'GET /api/quality/alerts', undefined, { key: true })
  expect(alerts.body).toEqual({ alerts: [], count: 0 })
  const gate = await call(stack, 'POST /api/quality/evaluate-gate', undefined, { key: true })
  expect(gate.body).toMatchObject({ invites_allowed: true, trust_score: 1, alerts: [] })
})
