// CPU time of the system while nobody uses it.
import { setTimeout as wait } from 'node:timers/promises'
import { services } from '@vobee/database/roles'
import { type Stack, startStack } from '../stack.ts'
import { discardMails } from './backlog.ts'
import { cpuTimeOfTrees } from './cpu.ts'
import type { Findings } from './report.ts'
import { sampleOf } from './sample.ts'
import type { Sides } from './sides.ts'
import { startSink } from './start-sink.ts'
import type { System } from './start-system.ts'

const SECONDS = 60
/** What follows the last request: connections close, counts are written. */
const CALM_MS = 5_000

const idle = async () => {
  await wait(SECONDS * 1000)
  return { requests: 1, perSecond: 0 }
}

/** Starts this checkout's processes without LISTEN_DATABASE_URL, as behind PgBouncer. */
const withPolling = async <Result>(use: (stack: Stack) => Promise<Result>): Promise<Result> => {
  const sink = await startSink()
  const stack = await startStack({})
  try {
    // The gateway is ready when the services are.
    for (const name of [...services, 'gateway'] as const)
      await stack.start(name, { SMTP_URL: sink.url })
    return await use(stack)
  } finally {
    await stack.stop()
    await sink.stop()
  }
}

const measure = async (systems: readonly System[], polling: Stack) => {
  for (const system of systems) await discardMails(system)
  await wait(CALM_MS)
  const before = await cpuTimeOfTrees(await polling.pids())
  const samples = await Promise.all(systems.map((system) => sampleOf(system, idle)))
  return { samples, polled: (await cpuTimeOfTrees(await polling.pids())) - before }
}

export const benchIdle = async (sides: Sides): Promise<Findings> => {
  const systems = await sides.systems()
  const { samples, polled } = await withPolling((polling) => measure(systems, polling))
  const bar = { unit: 's a minute', atMost: 1.5 }
  const inSeconds = samples.map(({ all }) => all / 1_000_000)
  return {
    bars: [
      { what: 'idle, CPU in all', values: inSeconds, ...bar },
      {
        what: 'idle without LISTEN_DATABASE_URL, CPU in all',
        ...{ values: [polled / 1_000_000], ...bar },
      },
    ],
    samples: [{ what: 'idle for a minute', samples }],
  }
}
