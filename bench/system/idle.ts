// CPU time of the system while nobody uses it.
import { setTimeout as wait } from 'node:timers/promises'
import { discardMails, untilDrained } from './backlog.ts'
import type { Findings } from './report.ts'
import { medianSample, sampleOf } from './sample.ts'
import type { Sides } from './sides.ts'

const SECONDS = 60
/** What follows the last request: idle connections close, counts are written. */
const CALM_MS = 5_000

const idle = async () => {
  await wait(SECONDS * 1000)
  return { requests: 1, perSecond: 0 }
}

export const benchIdle = async (sides: Sides): Promise<Findings> => {
  const systems = await sides.systems()
  for (const system of systems) await discardMails(system)
  for (const system of systems) await untilDrained(system)
  await wait(CALM_MS)
  const samples = await Promise.all(systems.map((system) => sampleOf(system, idle)))
  const perMinute = samples.map(({ all }) => all / 1_000_000)
  return {
    bars: [{ what: 'idle, CPU in all', unit: 's a minute', values: perMinute, atMost: 1.5 }],
    samples: [
      { what: 'idle for a minute', samples: samples.map((sample) => medianSample([sample])) },
    ],
  }
}
