import { normalizeIP } from '@fastify/rate-limit'
import type { Caller } from '@vobee/shared/auth/callers'
import type { DescribeClient } from '@vobee/shared/ops/access-log'

/** How client addresses are logged: in full, as the network (/24, IPv6 /48), or not at all. */
export const loggedAddresses = ['full', 'network', 'none'] as const

/** Returns the /24 of an IPv4 address, or the /48 of an IPv6 address. */
export const networkOf = (address: string): string => {
  const start = normalizeIP(address, 48)
  return start.includes(':') ? `${start}/48` : start.replace(/\.\d+$/, '.0/24')
}

const clientOf = {
  full: (address: string) => ({ client: address }),
  network: (address: string) => ({ client: networkOf(address) }),
  none: () => ({}),
}

// A name that contains an address is not logged.
const keyOf = (caller: Caller | undefined) =>
  caller?.kind === 'key' ? { key: caller.name.includes('@') ? caller.id : caller.name } : {}

/** Describes the client of a request for the access log: its address and the name of its key. */
export const describeClient =
  (addresses: (typeof loggedAddresses)[number]): DescribeClient =>
  ({ ip, caller }) => ({ ...clientOf[addresses](ip), ...keyOf(caller) })
