// Joins with more connections than the waitlist lets wait.
import { median } from '../report.ts'
import { portOf, runClients } from './clients.ts'
import type { Findings } from './report.ts'
import { CONNECTIONS, warm } from './sample.ts'
import { alternate, type Sides } from './sides.ts'
import type { System } from './start-system.ts'

const MANY = 640
/** More than JOINS_WAITING, so that the waitlist rejects some. */
const FLOOD = 2_560
const SECONDS = 4
const body = `{"email":"o{n}@example.com","use_case":"I want to use VoBee for marketing automation","persona":"agency"}`

const joinWith = async (system: System, connections: number) => {
  const port = portOf(system.url('waitlist'))
  const load = { port, from: '127.0.0.2', connections, seconds: SECONDS, method: 'POST' }
  const { statuses, cpu } = await runClients({ ...load, path: '/api/waitlist/join', body })
  const joins = (statuses[201]?.count ?? 0) / SECONDS
  return { joins, cpu, rejected: statuses[503]?.p99 ?? 0, count: statuses[503]?.count ?? 0 }
}

const measure = async (system: System) => {
  const normal = await joinWith(system, CONNECTIONS)
  const many = await joinWith(system, MANY)
  const flood = await joinWith(system, FLOOD)
  return {
    ...{ many: many.joins / normal.joins, flood: flood.joins / normal.joins },
    ...{ rejected: Math.max(many.rejected, flood.rejected), cores: flood.cpu },
    rejections: (many.count + flood.count) / SECONDS,
  }
}

export const benchOverload = async (sides: Sides): Promise<Findings> => {
  const systems = await sides.systems()
  for (const system of systems) await warm(system, 'waitlist')
  const rounds = await alternate(systems, 1, measure)
  const valuesOf = (name: keyof Awaited<ReturnType<typeof measure>>) =>
    rounds.map((one) => median(one.map((round) => round[name])))
  return {
    bars: [
      {
        what: 'joins of 640 connections, against 64',
        ...{ unit: '×', values: valuesOf('many'), atLeast: 0.8 },
      },
      {
        what: 'joins of 2,560 connections, against 64',
        ...{ unit: '×', values: valuesOf('flood') },
      },
      {
        what: 'p99 of joins rejected as overloaded',
        ...{ unit: 'ms', values: valuesOf('rejected'), atMost: 100 },
      },
      { what: 'joins rejected as overloaded', unit: '/s', values: valuesOf('rejections') },
      { what: 'load of 2,560 connections', unit: 'cores of 2', values: valuesOf('cores') },
    ],
  }
}
