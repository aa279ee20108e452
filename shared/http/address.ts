// Client addresses: reading them from `X-Forwarded-For`, and the networks that contain them.
import { BlockList, isIP, SocketAddress } from 'node:net'

// With a port, or in the brackets that IPv6 needs before one.
const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * Returns the address in its shortest form, or null if the text is none. It may have a port,
 * brackets (RFC 3986) and a zone; an IPv4-mapped IPv6 address becomes IPv4.
 */
export const parseAddress = (text: string): string | null => {
  if (isIP(text) === 4) return text
  const [, bracketed, dotted] = withPort.exec(text) ?? []
  const address = (bracketed ?? dotted ?? text).replace(/%.*$/s, '')
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null
  const shortest = new SocketAddress({ address, family: 'ipv6' }).address
  return mapped.exec(shortest)?.[1] ?? shortest
}

/**
 * Returns an `X-Forwarded-For` that contains only addresses. It ends at the last entry that is none:
 * everything before that entry comes from an unknown sender.
 */
export const trimForwardedFor = (header: string): string => {
  if (isIP(header) === 4) return header
  const addresses: string[] = []
  for (const entry of header.split(',').reverse()) {
    if (entry.trim() === '') continue
    const address = parseAddress(entry.trim())
    if (!address) break
    addresses.unshift(address)
  }
  return addresses.join(', ')
}

const groupsOf = (address: string): string[] => {
  const [head = '', tail] = address.split('::').map((side) => side.split(':').filter(Boolean))
  if (!tail) return head as string[]
  return [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
}

/**
 * Returns the network of `ipv4` or `ipv6` bits (multiples of 8 and 16) that contains an address, such
 * as `192.0.2.0/24` or `2001:db8:1::/48`.
 */
export const networkOf = (text: string, bits: { ipv4: number; ipv6: number }): string => {
  const address = parseAddress(text) ?? text
  if (isIP(address) === 6) {
    const groups = groupsOf(address).slice(0, bits.ipv6 / 16)
    return `${groups.join(':')}::/${bits.ipv6}`
  }
  const bytes = address.split('.').map((byte, n) => (n < bits.ipv4 / 8 ? byte : '0'))
  return `${bytes.join('.')}/${bits.ipv4}`
}

const internal = new BlockList()
for (const network of [
  '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 169.254.0.0/16 100.64.0.0/10',
  '::1/128 fc00::/7 fe80::/10',
].flatMap((networks) => networks.split(' '))) {
  const [address = '', bits] = network.split('/')
  internal.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether an address is private, shared by a carrier, loopback or link-local (RFC 1918, 4193, 6598,
 * 3927, 4291): not one of the public internet.
 */
export const isInternalAddress = (address: string): boolean => {
  const known = parseAddress(address) ?? ''
  return isIP(known) !== 0 && internal.check(known, isIP(known) === 6 ? 'ipv6' : 'ipv4')
}
