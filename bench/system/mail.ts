// What a mail costs: 10,000 queued mails are sent while nothing else happens. Before that, joins
// while they wait.
import { setTimeout as wait } from 'node:timers/promises'
import { untilProcessed } from './backlog.ts'
import type { Findings } from './report.ts'
import { join, medianSample, sampleOf } from './sample.ts'
import { alternate, type Sides } from './sides.ts'
import type { System } from './start-system.ts'

const QUEUED = 10_000
/** A slow system sends fewer in the time of a run. */
const LONGEST_MS = 15_000
/** Mails that warm the worker. */
const FIRST = 1_000

// Each join queues one mail. So many joins also warm the processes.
const queueMails = async (system: System) => {
  const before = await system.sink.mails()
  let joins = 0
  while (joins - ((await system.sink.mails()) - before) < QUEUED + FIRST)
    joins += (await join(system, 'waitlist', 2)).requests
}

// The count of the mail server costs the system nothing.
const untilSent = async ({ sink }: System, mails: number) => {
  const first = await sink.mails()
  const deadline = performance.now() + LONGEST_MS
  let sent = 0
  while (sent < mails && performance.now() < deadline) {
    await wait(20)
    sent = (await sink.mails()) - first
  }
  return { requests: sent }
}

const measure = async (system: System) => {
  await queueMails(system)
  const joins = await sampleOf(system, () => join(system, 'waitlist', 4))
  await untilProcessed(system)
  await untilSent(system, FIRST)
  const mails = await sampleOf(system, () => untilSent(system, QUEUED))
  return { joins, mails }
}

export const benchMail = async (sides: Sides): Promise<Findings> => {
  const systems = await sides.systems()
  const rounds = await alternate(systems, 1, measure)
  const mails = rounds.map((one) => medianSample(one.map(({ mails }) => mails)))
  const joins = rounds.map((one) => medianSample(one.map(({ joins }) => joins)))
  return {
    bars: [
      {
        what: 'a mail, CPU in all',
        unit: 'ms',
        values: mails.map(({ all }) => all / 1000),
        atMost: 1,
      },
      {
        what: 'join p99 while 10,000 mails are sent',
        ...{ unit: 'ms', values: joins.map(({ p99 }) => p99), atMost: 40 },
      },
    ],
    samples: [
      { what: 'a mail, with nothing else', samples: mails },
      { what: 'join, direct, while 10,000 mails are sent', samples: joins },
    ],
  }
}
