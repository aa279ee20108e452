import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networkOf, parseAddress, trimForwardedFor } from './address.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:8080', '203.0.113.7'],
  ['2001:DB8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::FFFF:cb00:7107]:80', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
])('%s is the address %s', (text, address) => {
  expect(parseAddress(text)).toBe(address)
})

test.each([
  'unknown',
  '_hidden',
  '1.2.3',
  '01.2.3.4',
  '1.2.3.400',
  '1.2.3.4/24',
  'user@1.2.3.4',
  '1.2.3.4:port',
  '2001:db8::1]:80',
  '[1.2.3.4',
  '<script>',
  '',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeNull()
})

describe('X-Forwarded-For', () => {
  test('keeps only the addresses after the last entry that is none', () => {
    expect(trimForwardedFor('203.0.113.7')).toBe('203.0.113.7')
    expect(trimForwardedFor('198.51.100.1, [2001:db8::1]:80 ,, 10.0.0.1,')).toBe(
      '198.51.100.1, 2001:db8::1, 10.0.0.1',
    )
    expect(trimForwardedFor('198.51.100.1, unknown, 203.0.113.7')).toBe('203.0.113.7')
    expect(trimForwardedFor('198.51.100.1, <script>')).toBe('')
  })

  test('whatever is sent contains only addresses afterwards', () => {
    const entry = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV6().map((ip) => `[${ip}]:1`),
    )
    const check = (entries: string[]) => {
      const kept = trimForwardedFor(entries.join(','))
      for (const address of kept === '' ? [] : kept.split(', ')) {
        expect(parseAddress(address)).toBe(address)
      }
    }
    fc.assert(fc.property(fc.array(entry), check), { numRuns: 300 })
  })
})

test('a network contains every spelling of its addresses', () => {
  const bits = { ipv4: 24, ipv6: 48 }
  for (const ip of ['2001:db8:7::1', '2001:DB8:0007:ffff:1:2:3:4', '[2001:db8:7:1::]:80']) {
    expect(networkOf(ip, bits)).toBe('2001:db8:7::/48')
  }
  expect(networkOf('::1', bits)).toBe('0:0:0::/48')
  expect(networkOf('1::', { ipv4: 24, ipv6: 64 })).toBe('1:0:0:0::/64')
  expect(networkOf('::2:3:4:5:6:7:8', { ipv4: 24, ipv6: 64 })).toBe('0:2:3:4::/64')
  expect(networkOf('203.0.113.7', bits)).toBe('203.0.113.0/24')
  expect(networkOf('::ffff:203.0.113.9', bits)).toBe('203.0.113.0/24')
  expect(networkOf('203.0.113.7', { ipv4: 32, ipv6: 64 })).toBe('203.0.113.7/32')
})
