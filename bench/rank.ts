// Reading a position and joining, with ten million waiting people compared to ten thousand.
import { join as path } from 'node:path'
import { openDatabase } from '@vobee/shared/data/database'
import { findPosition } from '../services/waitlist/line/positions.ts'
import { fillWaitlist } from './crowd.ts'
import { wrk } from './programs.ts'
import { type Finding, median, sideBySide } from './report.ts'
import { type Stack, startStack } from './stack.ts'

const MANY = 10_000_000
const FEW = 10_000
const PLACES = 2_000

const log = { error: () => {} }

const millisecondsOf = async (act: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await act()
  return performance.now() - started
}

/** Returns the median time of reading the position of a random entry, in ms. */
const askPlaces = async (stack: Stack, size: number): Promise<number> => {
  const db = openDatabase(stack.urls.waitlist, { name: 'bench', max: 1, log })
  const { rows } = await stack.owner.query<{ id: string }>(
    `select id from waitlist.entries
     where arrival = any (select 1 + (random() * $1)::bigint from generate_series(1, $2::int))`,
    [size - 1, PLACES],
  )
  const times: number[] = []
  for (const { id } of rows)
    times.push(await millisecondsOf(() => findPosition(db, { by: 'id', value: id }, null)))
  await db.end()
  return median(times)
}

const COUNT = `
  select 1 + count(*) from waitlist.entries, (
    select score, arrival from waitlist.entries where arrival = $1
  ) as mine
  where status = 'waiting'
    and (entries.score > mine.score or (entries.score = mine.score and entries.arrival < mine.arrival))`

const countPlaces = async (stack: Stack): Promise<number> => {
  const times: number[] = []
  for (let i = 1; i <= 5; i++) {
    times.push(await millisecondsOf(() => stack.owner.query(COUNT, [Math.floor(MANY / 6) * i])))
  }
  return median(times)
}

const load = { connections: 64, seconds: 8 }
const script = path(import.meta.dirname, 'join.lua')

export const benchRank = async (crowd: Stack): Promise<Finding[]> => {
  const few = await startStack()
  try {
    await fillWaitlist(crowd.owner, MANY)
    await fillWaitlist(few.owner, FEW)
    const place = await sideBySide(
      3,
      () => askPlaces(crowd, MANY),
      () => askPlaces(few, FEW),
    )
    const counted = await countPlaces(crowd)
    const [big, small] = [await crowd.start('waitlist'), await few.start('waitlist')]
    const joins = await sideBySide(
      3,
      () => wrk(`${big}/api/waitlist/join`, script, load),
      () => wrk(`${small}/api/waitlist/join`, script, load),
    )
    return [
      {
        what: 'own place among 10,000,000, against among 10,000',
        ...{ unit: 'ms', bar: 3, lessIsBetter: true, ...place },
      },
      {
        what: 'own place among 10,000,000, against count(*)',
        ...{ unit: 'ms', bar: 1 / 250, lessIsBetter: true, ours: place.ours, baseline: counted },
      },
      {
        what: 'joins with 10,000,000 waiting, against with 10,000',
        ...{ unit: 'joins/s', bar: 0.8, ...joins },
      },
    ]
  } finally {
    await few.stop()
  }
}
