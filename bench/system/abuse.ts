// One address with 2,560 connections that ignore 429, and the latency of everybody else.
import { setTimeout as wait } from 'node:timers/promises'
import { median } from '../report.ts'
import { type ClientsReport, portOf, runClients } from './clients.ts'
import type { Findings } from './report.ts'
import { alternate, openSides, type Sides } from './sides.ts'
import type { System } from './start-system.ts'

const ABUSIVE = 2_560
const SECONDS = 6
/** The visitors come when the abuser has connected. */
const BEFORE_SECONDS = 2
// A loopback address would be a trusted proxy, which carries many clients.
const OTHER_HOST = '192.0.2.1'
const path = '/api/waitlist/stats'

// 200 visitors with an address each, who send a request a second.
const visit = (system: System) =>
  runClients({
    ...{ port: portOf(system.url('gateway')), path, seconds: SECONDS, pauseMs: 1_000 },
    ...{ from: '127.0.0.20', addresses: 200, connections: 200 },
  })

const abuse = (system: System) =>
  runClients({
    ...{ port: portOf(system.url('gateway')), path, seconds: BEFORE_SECONDS + SECONDS + 1 },
    ...{ from: '127.0.0.2', connections: ABUSIVE },
  })

const p99Of = ({ statuses }: ClientsReport) => statuses[200]?.p99 ?? Number.POSITIVE_INFINITY

const measure = async (system: System) => {
  const quiet = await visit(system)
  const abusing = abuse(system)
  await wait(BEFORE_SECONDS * 1_000)
  const [abusive, others] = await Promise.all([abusing, visit(system)])
  const { 200: served, ...rejected } = others.statuses
  const all = Object.values(rejected).reduce((sum, { count }) => sum + count, served?.count ?? 0)
  return {
    ...{ quiet: p99Of(quiet), p99: p99Of(others), cores: abusive.cpu },
    served: (served?.count ?? 0) / (all + others.failures),
  }
}

export const benchAbuse = async ({ checkouts }: Sides): Promise<Findings> => {
  const sides = openSides(checkouts, { RATE_LIMITS: 'on', TRUSTED_PROXIES: OTHER_HOST })
  try {
    const systems = await sides.systems()
    for (const system of systems) for (let run = 0; run < 2; run++) await visit(system)
    const rounds = await alternate(systems, 1, measure)
    const valuesOf = (name: keyof Awaited<ReturnType<typeof measure>>) =>
      rounds.map((one) => median(one.map((round) => round[name])))
    const beside = `beside ${ABUSIVE.toLocaleString('en')} connections of one address`
    return {
      bars: [
        { what: `p99 of others ${beside}`, unit: 'ms', values: valuesOf('p99'), atMost: 100 },
        { what: `others that are served ${beside}`, unit: '×', values: valuesOf('served') },
        { what: 'p99 of others without them', unit: 'ms', values: valuesOf('quiet') },
        { what: 'load of these connections', unit: 'cores of 2', values: valuesOf('cores') },
      ],
    }
  } finally {
    await sides.stop()
  }
}
