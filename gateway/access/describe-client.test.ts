import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { describeClient } from './describe-client.ts'

const request = (ip: string, caller: object = { kind: 'visitor' }) =>
  ({ ip, caller }) as FastifyRequest

test('a network is the /24 of IPv4 and the /48 of IPv6', () => {
  const network = (ip: string) => describeClient('network')(request(ip))
  expect(network('192.0.2.77')).toEqual({ client: '192.0.2.0/24' })
  expect(network('::ffff:192.0.2.77')).toEqual({ client: '192.0.2.0/24' })
  expect(network('2001:db8:1:2:3::77')).toEqual({ client: '2001:db8:1::/48' })
})

test('the address is logged in full, as a network, or not at all', () => {
  const describe = (how: Parameters<typeof describeClient>[0]) =>
    describeClient(how)(request('192.0.2.77'))
  expect(describe('full')).toEqual({ client: '192.0.2.77' })
  expect(describe('network')).toEqual({ client: '192.0.2.0/24' })
  expect(describe('none')).toEqual({})
})

test('a key is logged by its name, or by its id if the name contains an address', () => {
  const logged = (caller: object) => describeClient('none')(request('::1', caller))
  expect(logged({ kind: 'key', id: '5f0c', name: 'campaigns' })).toEqual({ key: 'campaigns' })
  expect(logged({ kind: 'key', id: '5f0c', name: 'of ada@example.com' })).toEqual({ key: '5f0c' })
  expect(
    logged({ kind: 'member', email: 'ada@example.com', person: 'p', hostUserId: null }),
  ).toEqual({})
})
