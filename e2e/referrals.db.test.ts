// Joins, confirmations, redemptions and what else changes referrals, in any order of their events:
// shuffled, repeated, lost and retried. After each run, referrals, points and codes equal those of
// a model. `REFERRAL_RUNS=1000` runs that many; `REFERRAL_REPLAY=<seed>:<path>` one that failed.
import { services } from '@vobee/shared/events/catalogue'
import { useDatabase } from '@vobee/testing/database'
import { REFERRAL_RUNS } from '@vobee/testing/settings'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Action, actions } from './testing/referrals/actions.ts'
import { openFacts } from './testing/referrals/facts.ts'
import { type Inboxes, openInboxes } from './testing/referrals/inboxes.ts'
import { compare } from './testing/referrals/model.ts'
import { observe } from './testing/referrals/observed.ts'
import { perform } from './testing/referrals/perform.ts'
import { openSystem, type System } from './testing/referrals/system.ts'
import type { World } from './testing/referrals/world.ts'

const db = useDatabase()
let system: System
let inboxes: Inboxes

beforeAll(async () => {
  system = openSystem(db)
  inboxes = await openInboxes(system)
})
afterAll(() => system.close())

/** Each lane is a connection: what happens to one person stays in its order. */
const laneOf = (action: Action, lanes: number) => {
  if (action.kind === 'review') return 0
  return ('who' in action ? action.who : 'pick' in action ? action.pick : 0) % lanes
}

const wrongInCheck = async (): Promise<string[]> => {
  const reports = await Promise.all(
    services.map((service) => system.send({ service, method: 'GET', path: 'status?audit=1' })),
  )
  const results = reports.flatMap(({ body }) => (body.audit ?? []) as { ok: boolean }[])
  return results.filter(({ ok }) => !ok).map((result) => `check: ${JSON.stringify(result)}`)
}

/** Performs actions from so many connections. Returns what is wrong when all is delivered. */
const run = async (wanted: readonly Action[], lanes: number): Promise<string[]> => {
  await inboxes.reset()
  const world: World = { system, inboxes, facts: openFacts(), isAlone: lanes === 1 }
  await system.send({
    service: 'invites',
    path: 'generate',
    body: { batch_size: 2, max_uses: null },
  })
  const lane = async (n: number) => {
    for (const action of wanted) if (laneOf(action, lanes) === n) await perform(world, action)
  }
  await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)))
  await inboxes.drain()
  return [...compare(world.facts, await observe(inboxes)), ...(await wrongInCheck())]
}

const [seed, path] = process.env.REFERRAL_REPLAY?.split(/:(.*)/s) ?? []
// `npm test` always runs the same actions; the long form tries others each time.
const usual = process.env.REFERRAL_RUNS ? {} : { seed: 12 }
const replay = seed ? { seed: Number(seed), ...(path ? { path } : {}) } : usual
const timeout = 60_000 + REFERRAL_RUNS * 4_000
// Reports the smallest failure that was found until then.
const limited = { interruptAfterTimeLimit: timeout - 30_000, markInterruptAsFailure: true }

test(
  'referrals, points and codes follow from the facts, in whatever order events come',
  {
    timeout,
  },
  () =>
    fc.assert(
      fc.asyncProperty(actions, async (wanted) => {
        expect(await run(wanted, 1)).toEqual([])
      }),
      { numRuns: REFERRAL_RUNS, ...limited, ...replay },
    ),
)

test(
  'referrals, points and codes follow from the facts, from several connections at once',
  {
    timeout,
  },
  () =>
    fc.assert(
      fc.asyncProperty(actions, async (wanted) => {
        expect(await run(wanted, 4)).toEqual([])
      }),
      // The same actions may interleave in another way: a smaller run proves nothing.
      { numRuns: Math.ceil(REFERRAL_RUNS / 2), ...limited, ...usual, endOnFailure: true },
    ),
)
