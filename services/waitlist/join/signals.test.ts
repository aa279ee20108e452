import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type SignalKey, signalsOf } from './signals.ts'

const newKey = (period: number): SignalKey => ({ period, secret: createSecretKey(randomBytes(32)) })
const key = newKey(600)

const join = (address: string, userAgent: string | null = 'Firefox', of = key) =>
  signalsOf(of, {
    email: 'anna1@example.com',
    disposable: false,
    client: { address, userAgent },
  })

test('addresses of one /24, and of one /64, have the same network', () => {
  const { network } = join('203.0.113.7')
  expect(network).toMatch(/^600\.[\w-]{22}$/)
  expect(join('203.0.113.250').network).toBe(network)
  expect(join('::ffff:203.0.113.9').network).toBe(network)
  expect(join('203.0.114.7').network).not.toBe(network)
  expect(join('2001:db8:0:1::1').network).toBe(join('2001:db8:0:1:ffff::2').network)
  expect(join('2001:db8:0:1::1').network).not.toBe(join('2001:db8:0:2::1').network)
})

test('a device is a network and a user agent together', () => {
  const { device, network } = join('203.0.113.7')
  expect(join('203.0.113.8').device).toBe(device)
  expect(join('203.0.113.7', 'Safari').device).not.toBe(device)
  expect(join('198.51.100.7').device).not.toBe(device)
  expect(join('203.0.113.7', null).device).toBeNull()
  expect(device).not.toBe(network)
})

test('hashes of different keys never match, and none contains what it hashes', () => {
  const [first, second] = [join('203.0.113.7'), join('203.0.113.7', 'Firefox', newKey(601))]
  for (const name of ['network', 'device', 'lookalike'] as const) {
    expect(first[name]).not.toBe(second[name])
  }
  expect(JSON.stringify(first)).not.toMatch(/203|anna|Firefox/)
})

test('a join without a client has no network and no device', () => {
  const signals = signalsOf(key, { email: 'info@example.com', disposable: true, client: null })
  expect(signals).toEqual({ network: null, device: null, lookalike: null, disposable: true })
})

test('an internal address is no network: a proxy that nobody trusts would be the one of everybody', () => {
  for (const address of [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '::ffff:172.20.0.5',
    'fd00::7',
    '100.64.1.1',
  ])
    expect(join(address)).toMatchObject({ network: null, device: null })
})
