// What `waitlist.joined` and `waitlist.confirmed` say of a request, for the fraud scores of referrals.
import { asMember } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { asReader, asWriter, useWaitlist } from '../testing/waitlist.ts'
import { rotateKeys } from './signal-keys.ts'

const { db, app } = useWaitlist()

type Request = { ip?: string; agent?: string; headers?: Record<string, string>; replica?: number }

const join = (body: object, { ip, agent, headers, replica }: Request = {}) =>
  app(replica).inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { use_case: 'to see', persona: 'other', ...body },
    headers: { 'user-agent': agent ?? 'Firefox', ...headers },
    ...(ip ? { remoteAddress: ip } : {}),
  })

const signals = async () => {
  const { rows } = await db.owner.query(
    `select payload from referrals.inbox where event = 'waitlist.joined' order by id`,
  )
  return rows.flatMap(({ payload }) =>
    payload.entries.map((entry: { signals: object }) => entry.signals),
  )
}

const hash = expect.stringMatching(/^\d+\.[\w-]{22}$/)

test('a join publishes hashes of its network, its device and its look-alike bucket', async () => {
  const reply = await join({ email: 'anna1@example.com' }, { ip: '203.0.113.7' })
  expect(reply.statusCode).toBe(201)
  await join({ email: 'anna2@mailinator.com' }, { ip: '203.0.113.99', agent: 'Safari', replica: 1 })
  const [first, second] = await signals()
  expect(first).toEqual({ network: hash, device: hash, lookalike: hash, disposable: false })
  expect(second).toEqual({ ...first, device: hash, disposable: true })
  expect(second.device).not.toBe(first.device)
  const { rows } = await db.owner.query('select * from waitlist.entries')
  expect(JSON.stringify(rows)).not.toMatch(/203\.0|Firefox|Safari/)
})

test('behind a trusted proxy the client is the one that the proxy names', async () => {
  await join({ email: 'anna@example.com' }, { headers: { 'x-forwarded-for': '203.0.113.7' } })
  await join({ email: 'bea@example.com' }, { ip: '203.0.113.8' })
  const [forwarded, direct] = await signals()
  expect(forwarded.network).toBe(direct.network)
})

test('a join with a key has the network and device that its body names, or none', async () => {
  const client = { client_address: '203.0.113.7', client_user_agent: 'Firefox' }
  await join({ email: 'anna@example.com' }, { ip: '203.0.113.7' })
  await join({ email: 'bea@example.com', ...client }, { headers: asWriter })
  await join({ email: 'cleo@example.com' }, { headers: asWriter, ip: '203.0.113.7' })
  await join({ email: 'dora@example.com', client_address: '2001:db8::1' }, { headers: asWriter })
  const [visitor, named, unknown, addressed] = await signals()
  expect(named).toMatchObject({ network: visitor.network, device: visitor.device })
  expect(unknown).toEqual({ network: null, device: null, lookalike: hash, disposable: false })
  expect(addressed).toMatchObject({ network: hash, device: null })
})

test('only a key that writes may name a client, and only by an address', async () => {
  const client = { email: 'anna@example.com', client_address: '203.0.113.7' }
  const replies = [
    await join(client),
    await join(client, { headers: asMember('anna@example.com') }),
    await join(client, { headers: asReader }),
    await join({ ...client, client_address: 'localhost' }, { headers: asWriter }),
  ]
  expect(replies.map((reply) => [reply.statusCode, reply.json().code])).toEqual([
    [401, 'credential_required'],
    [403, 'insufficient_scope'],
    [403, 'insufficient_scope'],
    [400, 'invalid_input'],
  ])
  expect(replies[3]?.json().errors).toEqual([
    { path: 'client_address', message: 'must be an IPv4 or IPv6 address' },
  ])
  expect(await signals()).toEqual([])
})

test('there is one key at a time: a new period begins with a new one, and deletes the earlier', async () => {
  await db.owner.query(`insert into waitlist.signal_keys values (1, '\\x00')`)
  await rotateKeys(db.owner)
  await rotateKeys(db.owner)
  const { rows } = await db.owner.query(
    `select period, length(key) as bytes from waitlist.signal_keys`,
  )
  const period = Math.floor(Date.now() / (30 * 86_400_000))
  expect(rows).toEqual([{ period, bytes: 32 }])
})
