// Joins with a new Idempotency-Key each, against plain ones, and plain ones beside them.
import { loadWith } from '../programs.ts'
import { median } from '../report.ts'
import type { Findings } from './report.ts'
import { join, medianSample, sampleOf, warm } from './sample.ts'
import { alternate, type Sides } from './sides.ts'
import type { System } from './start-system.ts'

const ROUNDS = 3
const SECONDS = 2
const HALF = 32
const script = new URL('../join.lua', import.meta.url).pathname

/** Returns the plain joins per second of 32 connections while 32 others join, with keys or without. */
const besideOthers = async (system: System, others: string[]): Promise<number> => {
  const url = `${system.url('waitlist')}/api/waitlist/join`
  const load = { connections: HALF, seconds: SECONDS }
  const [plain] = await Promise.all([
    loadWith(url, script, load),
    loadWith(url, script, { ...load, args: others }),
  ])
  return plain.perSecond
}

const measure = async (system: System) => ({
  plain: await sampleOf(system, () => join(system, 'waitlist', SECONDS)),
  keyed: await sampleOf(system, () => join(system, 'waitlist', SECONDS, ['keyed'])),
  besidePlain: await besideOthers(system, []),
  besideKeyed: await besideOthers(system, ['keyed']),
})

export const benchKeyed = async (sides: Sides): Promise<Findings> => {
  const systems = await sides.systems()
  for (const system of systems) {
    await warm(system, 'waitlist')
    await join(system, 'waitlist', SECONDS, ['keyed'])
  }
  const rounds = await alternate(systems, ROUNDS, measure)
  const ratio = (one: number[], other: number[]) => median(one) / median(other)
  const keyed = rounds.map((one) => medianSample(one.map((round) => round.keyed)))
  const plain = rounds.map((one) => medianSample(one.map((round) => round.plain)))
  const beside = rounds.map((one) =>
    ratio(
      one.map(({ besideKeyed }) => besideKeyed),
      one.map(({ besidePlain }) => besidePlain),
    ),
  )
  const against = keyed.map(({ perSecond }, i) => perSecond / (plain[i]?.perSecond ?? Number.NaN))
  return {
    bars: [
      {
        what: 'joins with an Idempotency-Key, against plain ones',
        unit: '×',
        values: against,
        atLeast: 0.5,
      },
      {
        what: 'plain joins beside joins with a key, against beside plain ones',
        unit: '×',
        values: beside,
        atLeast: 0.8,
      },
    ],
    samples: [{ what: 'join with an Idempotency-Key, direct', samples: keyed }],
  }
}
