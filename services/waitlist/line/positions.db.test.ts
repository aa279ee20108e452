// The line is exact at every moment: random joins, score changes, releases, removals and erasures
// from eight connections at once, against counting. `LINE_OPERATIONS=100000` does that many.
import { useDatabase } from '@vobee/testing/database'
import { LINE_OPERATIONS as TOTAL } from '@vobee/testing/settings'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openLine, operations, performAll, right } from '../testing/line-operations.ts'
import { recompute } from './consistency-check.ts'

const db = useDatabase()

const RUN = 500
const MS_PER_OPERATION = 20

test(
  `positions and sums are correct throughout ${TOTAL} random operations`,
  async () => {
    const line = openLine(db.urls.waitlist, db.owner)
    let runs = 0
    const stays = fc.asyncProperty(operations(RUN), async (run) => {
      expect(await performAll(line, run)).toEqual(right)
      runs++
    })
    const numRuns = Math.ceil(TOTAL / RUN)
    const { failed, seed, errorInstance } = await fc.check(stays, { numRuns, endOnFailure: true })
    // Not the operations: there are hundreds, and the seed gives them again.
    if (failed) throw new Error(`after ${runs} runs, seed ${seed}`, { cause: errorInstance })
    const counted = await recompute(line.db)
    expect(counted.filter(({ wrong }) => wrong !== 0)).toEqual([])
    await line.db.end()
    const { rows } = await db.owner.query(
      `select count(*)::int as n, count(distinct status)::int as statuses from waitlist.entries`,
    )
    // It has changed what it should: people in every state, and thousands of them.
    expect(rows[0].statuses).toBe(5)
    expect(rows[0].n).toBeGreaterThan(runs * 100)
  },
  10_000 + TOTAL * MS_PER_OPERATION,
)
