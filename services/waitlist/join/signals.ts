// What a join looks like, for the fraud scores of referrals. The hashes are keyed: nobody without the
// key can compute the hash of a network, and hashes of different keys never match.
import { createHmac, type KeyObject } from 'node:crypto'
import { normalizeIP } from '@fastify/rate-limit'
import { isInternalAddress } from '@vobee/shared/http/address'
import { lookalikeOf } from './lookalike.ts'

/** Where a join comes from. Never stored, and never sent to the database. */
export type Client = { address: string; userAgent: string | null }

export type SignalKey = { period: number; secret: KeyObject }

/** As `waitlist.joined` carries them. */
export type Signals = {
  network: string | null
  device: string | null
  lookalike: string | null
  disposable: boolean
}

/**
 * Returns the /24 of an IPv4 address, or the /64 of an IPv6 address. An internal address is that of a
 * proxy or of this machine, which says nothing about a person.
 */
const networkOf = (address: string): string | null => {
  if (isInternalAddress(address)) return null
  const normalized = normalizeIP(address)
  return normalized.includes(':') ? normalized : normalized.slice(0, normalized.lastIndexOf('.'))
}

const hash = ({ period, secret }: SignalKey, kind: string, value: string): string => {
  const digest = createHmac('sha256', secret).update(`${kind}:${value}`).digest('base64url')
  return `${period}.${digest.slice(0, 22)}`
}

type Joining = { email: string; disposable: boolean; client: Client | null }

/** A user agent by itself is no signal: a device is a network and a user agent. */
export const signalsOf = (key: SignalKey, { email, disposable, client }: Joining): Signals => {
  const network = client && networkOf(client.address)
  const device = network && client.userAgent && `${network} ${client.userAgent}`
  const lookalike = lookalikeOf(email)
  return {
    network: network && hash(key, 'network', network),
    device: device ? hash(key, 'device', device) : null,
    lookalike: lookalike && hash(key, 'lookalike', lookalike),
    disposable,
  }
}
