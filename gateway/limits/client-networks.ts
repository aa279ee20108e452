// The client of a connection or request, found before Fastify handles it, by the same rules.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import { normalizeIP } from '@fastify/rate-limit'
import { trimForwardedFor } from '@vobee/shared/http/address'

export type Peer = {
  /** The address that limits count: IPv6 by /64. */
  network: string
  /** A trusted proxy, which carries the requests of many clients. */
  isProxy: boolean
}

export type ClientNetworks = ReturnType<typeof clientNetworks>

export const clientNetworks = (trustedProxies: string[]) => {
  const isTrusted = proxyAddr.compile(trustedProxies)
  const peers = new WeakMap<Socket, Peer>()

  const peerOf = (socket: Socket): Peer => {
    const known = peers.get(socket)
    if (known) return known
    const address = socket.remoteAddress ?? ''
    const peer = { network: normalizeIP(address), isProxy: isTrusted(address, 0) }
    peers.set(socket, peer)
    return peer
  }
  /** Returns the network of the client that sent a request, through trusted proxies or directly. */
  const networkOf = (request: IncomingMessage): string => {
    const { network, isProxy } = peerOf(request.socket)
    const given = request.headers['x-forwarded-for']
    if (!isProxy || given === undefined) return network
    request.headers['x-forwarded-for'] = trimForwardedFor(String(given))
    return normalizeIP(proxyAddr(request, isTrusted))
  }
  return { peerOf, networkOf }
}
