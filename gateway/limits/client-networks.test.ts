import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { clientNetworks } from './client-networks.ts'

test.each([
  ['127.0.0.0/8', '127.4.5.6', true],
  ['127.0.0.0/8', '::ffff:127.4.5.6', true],
  ['127.0.0.0/8', '128.0.0.1', false],
  ['10.1.0.0/255.255.0.0', '10.1.255.1', true],
  ['10.1.0.0/255.255.0.0', '10.2.0.1', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['uniquelocal', '172.20.0.1', true],
  ['loopback', '::1', true],
  ['127.0.0.0/8', '', false],
])('TRUSTED_PROXIES=%s contains %s: %s', (network, address, expected) => {
  const { peerOf } = clientNetworks([network, '198.51.100.0/24'])
  expect(peerOf({ remoteAddress: address } as Socket).isProxy).toBe(expected)
})
