// The services behind the gateway. Each has its own connections and its own circuit breaker, so that
// one that is down or slow does not affect the others.
import type { IncomingMessage } from 'node:http'
import { overloaded, unavailable } from '@vobee/shared/http/problem'
import type { FastifyInstance } from 'fastify'
import { Gauge } from 'prom-client'
import { Pool } from 'undici'
import type { GatewaySettings } from '../config.ts'
import { type CircuitBreaker, type CircuitState, createCircuitBreaker } from './circuit-breaker.ts'

const services = [
  { name: 'waitlist', prefixes: ['/api/waitlist'], setting: 'WAITLIST_URL' },
  { name: 'invites', prefixes: ['/api/invites'], setting: 'INVITES_URL' },
  // The specification of referrals writes its paths in the singular.
  { name: 'referrals', prefixes: ['/api/referrals', '/api/referral'], setting: 'REFERRALS_URL' },
  { name: 'quality-gates', prefixes: ['/api/quality'], setting: 'QUALITY_GATES_URL' },
] as const

export type Upstream = {
  name: (typeof services)[number]['name']
  prefixes: readonly [string, ...string[]]
  url: string
  pool: Pool
  /** How long a caller waits for the response to start. */
  timeoutMs: number
  /** How long a caller with a key waits for the response to start. */
  keyTimeoutMs: number
  circuit: CircuitBreaker
  /** Requests without a complete response; at most `MAX_CONNECTIONS`, so that none is queued. */
  pending: number
}

export const MAX_CONNECTIONS = 512
const OPEN_MS = 1_000

const CONNECT_MS = 2_000
// Between two parts of a response: a stream may take long, but must not stall.
const IDLE_MS = 30_000

/** Creates the services' connection pools, which close after the last response. */
export const openUpstreams = (app: FastifyInstance, settings: GatewaySettings): Upstream[] => {
  const upstreams = services.map(({ name, prefixes, setting }) => ({
    name,
    prefixes,
    url: settings[setting],
    pool: new Pool(settings[setting], {
      connections: MAX_CONNECTIONS,
      connectTimeout: Math.min(CONNECT_MS, settings.UPSTREAM_TIMEOUT_MS),
      bodyTimeout: IDLE_MS,
    }),
    timeoutMs: settings.UPSTREAM_TIMEOUT_MS,
    keyTimeoutMs: settings.KEY_TIMEOUT_MS,
    circuit: createCircuitBreaker({ failureThreshold: 5, openMs: OPEN_MS }),
    pending: 0,
  }))
  app.addHook('onClose', async () => {
    await Promise.all(upstreams.map(({ pool }) => pool.destroy()))
  })
  measureCircuits(app, upstreams)
  return upstreams
}

const retrySoon = { headers: { 'retry-after': String(OPEN_MS / 1000) } }

/** Returns the error (503) for a service that is down, too slow, or has an open circuit. */
export const notResponding = (name: string) =>
  unavailable(`The ${name} service is not responding.`, retrySoon)

const isFull = ({ pending }: Upstream) => pending >= MAX_CONNECTIONS

const tooMany = ({ name }: Upstream) => `The ${name} service has too many requests in progress.`

/** Returns the function that says why a request is rejected early: its service is overloaded. */
export const overloadOf =
  (upstreams: readonly Upstream[]) =>
  ({ url = '' }: IncomingMessage): string | null => {
    for (const upstream of upstreams) {
      if (isFull(upstream) && upstream.prefixes.some((prefix) => url.startsWith(`${prefix}/`)))
        return tooMany(upstream)
    }
    return null
  }

/** @throws overloaded or unavailable (503) when the service takes no request now. */
export const requireAvailable = (upstream: Upstream) => {
  const { name, circuit } = upstream
  if (isFull(upstream)) throw overloaded(tooMany(upstream), retrySoon)
  if (!circuit.allowsRequest()) throw notResponding(name)
}

const gaugeValues: Record<CircuitState, number> = { closed: 0, half_open: 0.5, open: 1 }

const measureCircuits = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  new Gauge({
    name: 'gateway_circuit_open',
    help: 'State of the circuit breaker of a service: 0 closed, 0.5 half open, 1 open.',
    labelNames: ['upstream'],
    registers: [app.metrics],
    collect() {
      for (const { name, circuit } of upstreams) {
        this.set({ upstream: name }, gaugeValues[circuit.state()])
      }
    },
  })
