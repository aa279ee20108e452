// The client of a connection or request, found before Fastify handles it, by the same rules.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import { trimForwardedFor } from '@vobee/shared/http/address'
import { trustedAddresses } from './trusted-addresses.ts'

export type Peer = {
  /** The address that limits count: IPv6 by /64. */
  network: string
  /** A trusted proxy, which carries the requests of many clients. */
  isProxy: boolean
}

export type ClientNetworks = ReturnType<typeof clientNetworks>

export const clientNetworks = (trustedProxies: string[]) => {
  const isTrusted = trustedAddresses(trustedProxies)
  const peers = new WeakMap<Socket, Peer>()

  const peerOf = (socket: Socket): Peer => {
    const known = peers.get(socket)
    if (known) return known
    const address = socket.remoteAddress ?? ''
    const peer = { network: normalizeIP(address), isProxy: isTrusted(address) }
    peers.set(socket, peer)
    return peer
  }
  /** Returns the network of the client that sent a request, through trusted proxies or directly. */
  const networkOf = ({ socket, headers }: IncomingMessage): string => {
    const { network, isProxy } = peerOf(socket)
    const forwarded = isProxy && trimForwardedFor(String(headers['x-forwarded-for'] ?? ''))
    if (!forwarded) return network
    const addresses = forwarded.split(', ')
    const client = addresses.findLast((address) => !isTrusted(address)) ?? addresses[0]
    return normalizeIP(client as string)
  }
  return { peerOf, networkOf }
}
