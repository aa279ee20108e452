// Joins, direct and through the gateway, against pgbench's insert of the same row.
import { prepareInsert } from '../join.ts'
import { pgbench } from '../programs.ts'
import { median } from '../report.ts'
import { startStack } from '../stack.ts'
import type { Findings } from './report.ts'
import { CONNECTIONS, type Entrance, join, medianSample, sampleOf, warm } from './sample.ts'
import { alternate, type Sides } from './sides.ts'

const ROUNDS = 3
const SECONDS = 3

type Bars = { what: string; cpu: number; ratio: number }

/** Measures the inserts in a Postgres of their own, with the settings of `npm start`. */
const openBaseline = async () => {
  const stack = await startStack({})
  const file = await prepareInsert(stack)
  const load = { connections: CONNECTIONS, seconds: 2 }
  return { measure: () => pgbench(stack.ownerUrl, file, load), stop: stack.stop }
}

const benchEntrance =
  (entrance: Entrance, { what, cpu, ratio }: Bars) =>
  async (sides: Sides): Promise<Findings> => {
    const baseline = await openBaseline()
    const inserts: number[] = []
    try {
      const systems = await sides.systems()
      for (const system of systems) await warm(system, entrance)
      const rounds = await alternate(systems, ROUNDS, async (system) => {
        inserts.push(await baseline.measure())
        const act = () => join(system, entrance, SECONDS)
        return sampleOf(system, act)
      })
      const samples = rounds.map(medianSample)
      const against = samples.map(({ perSecond }) => perSecond / median(inserts))
      return {
        bars: [
          {
            what: `${what}, CPU in all`,
            unit: 'µs',
            values: samples.map(({ all }) => all),
            atMost: cpu,
          },
          { what: `${what}, against pgbench`, unit: '×', values: against, atLeast: ratio },
        ],
        samples: [{ what, samples }],
      }
    } finally {
      await baseline.stop()
    }
  }

export const benchDirect = benchEntrance('waitlist', {
  what: 'join, direct',
  cpu: 250,
  ratio: 0.45,
})
export const benchGateway = benchEntrance('gateway', {
  ...{ what: 'join through the gateway', cpu: 330, ratio: 0.33 },
})
