import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge } from 'prom-client'

/** Measures connections. Returns a function that counts a rejected one. */
export const measureConnections = (app: FastifyInstance, waiting: ReadonlySet<Socket>) => {
  const rejected = new Counter({
    name: 'gateway_connections_rejected_total',
    help: 'Connections closed at once, by the limit: of the address, or of all.',
    labelNames: ['limit'],
    registers: [app.metrics],
  })
  new Gauge({
    name: 'gateway_connections_waiting',
    help: 'Connections over the limit of their address, which wait until another one closes.',
    registers: [app.metrics],
    collect() {
      this.set(waiting.size)
    },
  })
  return (limit: 'address' | 'all') => rejected.inc({ limit })
}
