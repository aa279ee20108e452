import type { Caller } from '@vobee/shared/auth/callers'
import { networkOf } from '@vobee/shared/http/address'
import type { DescribeClient } from '@vobee/shared/ops/access-log'

/** How client addresses are logged: in full, as the network (/24, IPv6 /48), or not at all. */
export const loggedAddresses = ['full', 'network', 'none'] as const

const NETWORK = { ipv4: 24, ipv6: 48 }

const clientOf = {
  full: (address: string) => ({ client: address }),
  network: (address: string) => ({ client: networkOf(address, NETWORK) }),
  none: () => ({}),
}

// A name that contains an address is not logged.
const keyOf = (caller: Caller | undefined) =>
  caller?.kind === 'key' ? { key: caller.name.includes('@') ? caller.id : caller.name } : {}

/** Describes the client of a request for the access log: its address and the name of its key. */
export const describeClient =
  (addresses: (typeof loggedAddresses)[number]): DescribeClient =>
  ({ ip, caller }) => ({ ...clientOf[addresses](ip), ...keyOf(caller) })
