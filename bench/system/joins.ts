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

/** Measures the inserts in a Postgres of their own, with the settings of `npm start`. */
const openBaseline = async () => {
  const stack = await startStack({})
  const file = await prepareInsert(stack)
  const load = { connections: CONNECTIONS, seconds: 4 }
  return { measure: () => pgbench(stack.ownerUrl, file, load), stop: stack.stop }
}

const measureRounds = async (sides: Sides, entrance: Entrance) => {
  const baseline = await openBaseline()
  try {
    const systems = await sides.systems()
    for (const system of systems) await warm(system, entrance)
    const rounds = await alternate(systems, ROUNDS, async (system) => {
      const inserts = await baseline.measure()
      const sample = await sampleOf(system, () => join(system, entrance, SECONDS))
      return { sample, ratio: sample.perSecond / inserts }
    })
    return {
      samples: rounds.map((one) => medianSample(one.map(({ sample }) => sample))),
      ratios: rounds.map((one) => median(one.map(({ ratio }) => ratio))),
    }
  } finally {
    await baseline.stop()
  }
}

type Limits = { what: string; cpu: number; ratio: number }

const findingsOf = ({ what, cpu, ratio }: Limits, measured: MeasuredJoins): Findings => {
  const { samples, ratios } = measured
  const all = samples.map((sample) => sample.all)
  return {
    bars: [
      { what: `${what}, CPU in all`, unit: 'µs', values: all, atMost: cpu },
      { what: `${what}, against pgbench`, unit: '×', values: ratios, atLeast: ratio },
    ],
    samples: [{ what, samples }],
  }
}

type MeasuredJoins = Awaited<ReturnType<typeof measureRounds>>

export const benchDirect = async (sides: Sides): Promise<Findings> => {
  const limits = { what: 'join, direct', cpu: 250, ratio: 0.45 }
  return findingsOf(limits, await measureRounds(sides, 'waitlist'))
}

export const benchGateway = async (sides: Sides): Promise<Findings> => {
  const limits = { what: 'join through the gateway', cpu: 330, ratio: 0.33 }
  const measured = await measureRounds(sides, 'gateway')
  const { bars = [], ...rest } = findingsOf(limits, measured)
  const values = measured.samples.map(({ gateway }) => gateway)
  const what = 'join through the gateway, CPU of the gateway'
  return { bars: [...bars, { what, unit: 'µs', values, atMost: 100 }], ...rest }
}
