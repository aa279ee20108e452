// The services behind the gateway: each has its own connections and its own circuit, so that one
// which is dead or slow costs the others nothing.
import type { FastifyInstance } from 'fastify'
import { Gauge } from 'prom-client'
import { Pool } from 'undici'
import type { GatewaySettings } from '../config.ts'
import { type Circuit, type CircuitState, createCircuit } from './circuit.ts'

const known = [
  { name: 'waitlist', prefixes: ['/api/waitlist'], setting: 'WAITLIST_URL' },
  { name: 'invites', prefixes: ['/api/invites'], setting: 'INVITES_URL' },
  // The referral seed spells its paths in the singular.
  { name: 'referrals', prefixes: ['/api/referrals', '/api/referral'], setting: 'REFERRALS_URL' },
  { name: 'quality-gates', prefixes: ['/api/quality'], setting: 'QUALITY_GATES_URL' },
] as const

export type Upstream = {
  name: (typeof known)[number]['name']
  prefixes: readonly [string, ...string[]]
  url: string
  pool: Pool
  /** How long whoever brings a credential waits for the beginning of an answer. */
  keyWaitMs: number
  circuit: Circuit
  /** Requests sent and not yet answered; at most `CONNECTIONS`, so that none waits unseen. */
  pending: number
}

export const CONNECTIONS = 512
export const REST_MS = 2_000

const CONNECT_MS = 2_000
// Between two parts of an answer: a stream may last, but not hang.
const SILENCE_MS = 30_000

/** Opens the services' connections; they close after the last request is answered. */
export const openUpstreams = (app: FastifyInstance, settings: GatewaySettings): Upstream[] => {
  const upstreams = known.map(({ name, prefixes, setting }) => ({
    name,
    prefixes,
    url: settings[setting],
    pool: new Pool(settings[setting], {
      connections: CONNECTIONS,
      connectTimeout: Math.min(CONNECT_MS, settings.UPSTREAM_TIMEOUT_MS),
      headersTimeout: settings.UPSTREAM_TIMEOUT_MS,
      bodyTimeout: SILENCE_MS,
    }),
    keyWaitMs: settings.KEY_TIMEOUT_MS,
    circuit: createCircuit({ failures: 5, restMs: REST_MS }),
    pending: 0,
  }))
  app.addHook('onClose', async () => {
    await Promise.all(upstreams.map(({ pool }) => pool.destroy()))
  })
  measureCircuits(app, upstreams)
  return upstreams
}

const openness: Record<CircuitState, number> = { closed: 0, half_open: 0.5, open: 1 }

const measureCircuits = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  new Gauge({
    name: 'gateway_circuit_open',
    help: 'Whether a service is left alone because it does not answer: 0 no, 0.5 trying, 1 yes.',
    labelNames: ['upstream'],
    registers: [app.metrics],
    collect() {
      for (const { name, circuit } of upstreams) {
        this.set({ upstream: name }, openness[circuit.state()])
      }
    },
  })
