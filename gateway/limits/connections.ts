// Limits the connections of an address (IPv6 by /64) and of all. A connection over the limit of its
// address waits, unread, until another one of that address closes: a client that is closed at once
// connects again at once, and accepting costs more than waiting.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { GatewaySettings } from '../config.ts'
import type { ClientNetworks } from './client-networks.ts'
import { measureConnections } from './connection-metrics.ts'

/** Between this and twice as many ms a connection waits, so that many do not end at once. */
const WAIT_MS = 10_000
/** The share of all connections that may wait. More are closed at once. */
const WAITING_SHARE = 0.4

/** The connections of an address. A function that waits opens its connection. */
type Address = { open: number; waiting: Set<() => void> }

export const limitConnections = (
  app: FastifyInstance,
  settings: Pick<GatewaySettings, 'CONNECTIONS_PER_ADDRESS' | 'CONNECTIONS_IN_ALL'>,
  { peerOf }: ClientNetworks,
) => {
  const { CONNECTIONS_PER_ADDRESS: perAddress, CONNECTIONS_IN_ALL: inAll } = settings
  const { server } = app
  const addresses = new Map<string, Address>()
  const waiting = new Set<Socket>()
  const recordRejected = measureConnections(app, waiting)
  const listeners = server.listeners('connection')

  const open = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket)
    socket.resume()
  }
  const addressOf = (network: string) => {
    const known = addresses.get(network)
    if (known) return known
    const address: Address = { open: 0, waiting: new Set() }
    addresses.set(network, address)
    return address
  }
  const admit = (socket: Socket, network: string, address: Address) => {
    address.open++
    socket.once('close', () => {
      address.open--
      const [openNext] = address.waiting
      if (openNext) openNext()
      else if (address.open === 0) addresses.delete(network)
    })
    open(socket)
  }
  const wait = (socket: Socket, network: string, address: Address) => {
    const end = () => socket.destroy()
    const leave = () => {
      address.waiting.delete(openNow)
      waiting.delete(socket)
    }
    const openNow = () => {
      leave()
      socket.off('timeout', end).off('error', end).off('close', leave)
      admit(socket, network, address)
    }
    address.waiting.add(openNow)
    waiting.add(socket)
    socket.on('timeout', end).on('error', end).on('close', leave)
    socket.setTimeout(WAIT_MS * (1 + Math.random()))
  }

  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const { network, isProxy } = peerOf(socket)
    if (isProxy) return open(socket)
    const address = addressOf(network)
    if (address.open < perAddress) return admit(socket, network, address)
    if (waiting.size < inAll * WAITING_SHARE) return wait(socket, network, address)
    recordRejected('address')
    socket.destroy()
  })
  // An option of net.Server that http does not pass on: nothing is read before `resume`.
  Object.assign(server, { pauseOnConnect: true, maxConnections: inAll })
  server.on('drop', () => recordRejected('all'))
  app.addHook('preClose', async () => {
    for (const socket of waiting) socket.destroy()
  })
}
