// The addresses of TRUSTED_PROXIES, in the forms that Fastify's trustProxy accepts.
import { BlockList, isIP } from 'node:net'
import { parseAddress } from '@vobee/shared/http/address'

const named: Record<string, string[]> = {
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  loopback: ['127.0.0.0/8', '::1/128'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const bitsOf = (mask: string) =>
  isIP(mask) === 4
    ? mask
        .split('.')
        .reduce((bits, byte) => bits + Number(byte).toString(2).replaceAll('0', '').length, 0)
    : Number(mask)

/** Returns the function that says whether an address is in one of the networks. */
export const trustedAddresses = (networks: string[]) => {
  const list = new BlockList()
  for (const network of networks.flatMap((text) => named[text] ?? text)) {
    const [address = '', mask] = network.split('/')
    if (mask === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, bitsOf(mask), familyOf(address))
  }
  return (text: string): boolean => {
    const address = parseAddress(text)
    return address !== null && list.check(address, familyOf(address))
  }
}
