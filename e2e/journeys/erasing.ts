// A person who used every feature exports all their data and is erased.
import { personKeys } from '@vobee/shared/privacy/email'
import { memberClaims, signToken } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { answers, call, join, type Request } from '../testing/client.ts'
import { secrets, sharedStack } from '../testing/stack.ts'
import { findTraces } from '../testing/traces.ts'

const stack = sharedStack()

const ada = 'Ada.Byron+vobee@Example.com'
const canonical = 'ada.byron@example.com'
const person = personKeys(secrets.PERSON_KEY_SECRET)(ada)
const token = signToken(memberClaims(ada), secrets.MEMBER_TOKEN_SECRET)
const traces = [ada, canonical, person]
const prefixes = ['waitlist', 'invites', 'referrals', 'quality'] as const

const asAda = (request: Request, body?: unknown) => call(stack, request, body, { key: token })
const asAdmin = (request: Request, body?: unknown) => call(stack, request, body, { key: true })
const mine = async () => (await asAda('GET /api/invites/mine')).body.codes

/** Sends a request twice with the same Idempotency-Key. */
const twice = async (path: string, payload: object) => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `ada ${path}` }
  const send = () =>
    fetch(stack.gateway + path, { method: 'POST', headers, body: JSON.stringify(payload) })
  const first = await send()
  expect((await send()).headers.get('idempotent-replayed')).toBe('true')
  return (await first.json()) as { referral_code: string }
}

const found = () => findTraces(stack, traces)

const off = async () => {
  const audits = prefixes.map((prefix) => asAdmin(`GET /api/${prefix}/status?audit=1`))
  return (await Promise.all(audits)).flatMap(({ body }) =>
    body.audit.filter(({ ok }: { ok: boolean }) => !ok),
  )
}

let used: string

test('a member joins, refers friends, shares, earns, is released and redeems', async () => {
  const { referral_code } = await twice('/api/waitlist/join', { email: ada, ...answers })
  for (const friend of ['bea', 'cyd', 'dan']) {
    await join(stack, `${friend}@example.com`, { referred_by: referral_code })
  }
  await expect.poll(async () => (await asAda('GET /api/waitlist/me')).body.referrals).toBe(3)
  const share = { inviter_email: ada, recipient_email: 'eve@example.com' }
  expect((await asAda('POST /api/referrals/share', share)).status).toBe(201)
  await join(stack, 'zoe@example.com')
  await asAdmin('POST /api/referrals/share', {
    inviter_email: 'zoe@example.com',
    recipient_email: canonical,
  })
  expect((await asAda('POST /api/referrals/earn', { user_email: ada })).body.earned).toBe(true)
  await expect.poll(async () => (await mine()).length).toBe(3)
  const reason = `for ${canonical}`
  const wave = await asAdmin('POST /api/waitlist/release', {
    ...{ count: 1, filter: { q: canonical }, reason },
  })
  expect(wave.body.released).toBe(1)
  await expect.poll(async () => (await mine()).length).toBe(4)
  used = (await mine())[0].code
  await twice('/api/invites/redeem', { code: used, email: ada })
  const batch = { batch_size: 1, issued_to: ada, created_by: 'ada', metadata: { for: canonical } }
  const { codes } = (await asAdmin('POST /api/invites/generate', batch)).body
  await asAdmin('POST /api/invites/reserve', { code: codes[0], email: ada })
  await expect.poll(async () => (await asAda('GET /api/waitlist/me')).body.status).toBe('redeemed')
})

test('the export contains everything that the four services store about the member', async () => {
  const exported = await Promise.all(
    prefixes.map(async (prefix) => (await asAda(`GET /api/${prefix}/me/export`)).body),
  )
  expect(exported).toMatchObject([
    { service: 'waitlist', entry: { email: ada, status: 'redeemed', credits: 3 } },
    { service: 'invites', uses: [{ code: used, email: ada }], reservations: [{ email: ada }] },
    { service: 'referrals', rewards: [{ type: 'invite_codes' }, { type: 'invite_codes' }] },
    { service: 'quality-gates', records: [] },
  ])
  for (const friend of ['bea', 'cyd', 'dan', 'eve', 'zoe']) {
    expect(JSON.stringify(exported)).not.toContain(`${friend}@`)
  }
})

test('erased, she is in no table, queue, record or log, and every count stands', async () => {
  const { total } = (await call(stack, 'GET /api/waitlist/stats')).body
  expect((await found()).length).toBeGreaterThan(10)
  expect((await asAda('DELETE /api/waitlist/me')).body).toEqual({ status: 'success' })
  await expect.poll(() => found(), { timeout: 30_000, interval: 500 }).toEqual([])
  expect(traces.filter((trace) => stack.printed().includes(trace))).toEqual([])
  expect(await off()).toEqual([])
  expect((await call(stack, 'GET /api/waitlist/stats')).body.total).toBe(total - 1)
  const state = await call(stack, `GET /api/invites/${used}/status`)
  expect(state.body).toMatchObject({ status: 'used', used: true })
}, 60_000)

test('the person can join again as a new member', async () => {
  expect((await asAda('GET /api/waitlist/me')).status).toBe(404)
  await join(stack, ada)
  expect((await asAda('GET /api/waitlist/me')).body).toMatchObject({ referrals: 0, score: 15 })
  expect(await mine()).toEqual([])
  const again = await call(stack, 'POST /api/invites/redeem', { code: used, email: ada })
  expect(again.body.code).toBe('code_not_yours')
  expect(await off()).toEqual([])
})
