// What a run of load cost a system: CPU time per request by process, throughput and latency.
import { type LoadResult, loadWith } from '../programs.ts'
import { median } from '../report.ts'
import { countEvents, discardMails } from './backlog.ts'
import { endedChildren, groups, machineTime } from './cpu.ts'
import type { System } from './start-system.ts'

/** CPU times are in µs per request, latencies in ms. */
export type Sample = {
  perSecond: number
  p50: number
  p99: number
  waitlist: number
  gateway: number
  consumers: number
  Postgres: number
  'npm start': number
  all: number
  sink: number
  /** The cores that the load generator used, and those that other programs used. */
  generator: number
  others: number
  /** Mails that were sent in the time of the run, and events that were not processed at its end. */
  mails: number
  events: number
}

const readAll = async ({ cpuTimes, sink }: System) => ({
  ...{ times: await cpuTimes(), generator: await endedChildren(), at: performance.now() },
  ...{ sink: await sink.cpuTime(), mails: await sink.mails(), machine: await machineTime() },
})

/** Measures a system while `act` runs, which returns how many requests it made. */
export const sampleOf = async (
  system: System,
  act: () => Promise<Pick<LoadResult, 'requests'> & Partial<LoadResult>>,
): Promise<Sample> => {
  const before = await readAll(system)
  const { requests, p50 = 0, p99 = 0, perSecond } = await act()
  const after = await readAll(system)
  const us = (after.at - before.at) * 1000
  const used = groups.reduce((sum, group) => sum + after.times[group] - before.times[group], 0)
  const sink = after.sink - before.sink
  const generator = after.generator - before.generator
  const sample = Object.fromEntries(
    groups.map((group) => [group, (after.times[group] - before.times[group]) / requests]),
  ) as Sample
  return {
    ...sample,
    ...{ all: used / requests, sink: sink / requests, generator: generator / us },
    others: (after.machine - before.machine - used - sink - generator) / us,
    perSecond: perSecond ?? (requests * 1_000_000) / us,
    ...{ p50, p99, mails: after.mails - before.mails, events: await countEvents(system) },
  }
}

/** Returns the median of each figure. */
export const medianSample = (samples: readonly Sample[]): Sample =>
  Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((key) => [
      key,
      median(samples.map((sample) => sample[key as keyof Sample])),
    ]),
  ) as Sample

const script = new URL('../join.lua', import.meta.url).pathname

export type Entrance = 'waitlist' | 'gateway'
export const CONNECTIONS = 64

/** Joins through an entrance, with wrk. */
export const join = (system: System, entrance: Entrance, seconds: number, args: string[] = []) =>
  loadWith(`${system.url(entrance)}/api/waitlist/join`, script, {
    ...{ connections: CONNECTIONS, seconds, args },
  })

const warmed = new WeakMap<System, Set<Entrance>>()

/** Runs three times what is measured: a new process costs up to twice as much. */
export const warm = async (system: System, entrance: Entrance) => {
  const done = warmed.get(system) ?? new Set()
  if (done.has(entrance)) return
  warmed.set(system, done.add(entrance))
  for (let run = 0; run < 3; run++) {
    await join(system, entrance, 2)
    await discardMails(system)
  }
}
