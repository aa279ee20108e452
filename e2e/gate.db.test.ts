// A pause and a resume hold from the answer on, while two replicas of each service issue codes and
// thousands of events wait. `GATE_PAUSES=100` pauses that often.
import { useDatabase } from '@vobee/testing/database'
import { GATE_PAUSES } from '@vobee/testing/settings'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillInboxes, openIssuers } from './testing/issuers.ts'

const db = useDatabase()
let issuers: ReturnType<typeof openIssuers>

beforeAll(async () => {
  issuers = openIssuers(db)
})
afterAll(() => issuers.close())

const kinds = ['generate', 'release', 'earn'] as const
type Call = { kind: (typeof kinds)[number]; begun: number; ended: number; status: number }

/** Sends calls of all kinds, one after another in each lane, until it is stopped. */
const startLoad = () => {
  const calls: Call[] = []
  let isRunning = true
  const lane = async (first: number) => {
    for (let n = first; isRunning; n++) {
      const kind = kinds[n % kinds.length] ?? 'generate'
      const begun = performance.now()
      const { statusCode: status } = await issuers.calls[kind](n)
      calls.push({ kind, begun, ended: performance.now(), status })
    }
  }
  const lanes = Promise.all([0, 1, 2, 3].map(lane))
  /** Returns the calls that began after a time, when at least `count` of each kind have ended. */
  const since = async (time: number, count: number): Promise<Call[]> => {
    const begun = () => calls.filter((call) => call.begun > time)
    const isEnough = () =>
      kinds.every((kind) => begun().filter((call) => call.kind === kind).length >= count)
    await expect.poll(isEnough, { interval: 5 }).toBe(true)
    return begun()
  }
  const stop = () => {
    isRunning = false
    return lanes
  }
  return { since, stop }
}
type Load = ReturnType<typeof startLoad>

const answeredAt = async (path: string, body: object, replica: number) => {
  let reply = await issuers.changeGate(path, body, replica)
  while (reply.statusCode === 503) reply = await issuers.changeGate(path, body, replica)
  expect(reply.statusCode).toBe(200)
  return { at: performance.now(), isOpen: reply.json().invites_allowed }
}

/** Without those that say that the machine is busy. */
const statusesOf = (calls: Call[]) =>
  [...new Set(calls.map(({ status }) => status))].filter((status) => status !== 503).sort()

const manual = { reason: 'a test' }
const changes = {
  hand: { pause: ['pause', manual], resume: ['resume', manual] },
  rates: { pause: ['metrics', { churn_rate: 0.3 }], resume: ['metrics', { churn_rate: 0.05 }] },
} as const

/** Waits until the transactions that began before this moment have ended. */
const untilEarlierEnded = async () => {
  const { rows } = await db.owner.query('select clock_timestamp()::text as now')
  const earlier = `
    select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start <= $1`
  await expect
    .poll(async () => (await db.owner.query(earlier, [rows[0].now])).rowCount, { interval: 5 })
    .toBe(0)
}

/** Returns what was decided: the released people, the generated codes and the grants. */
const countIssued = async () => {
  const { rows } = await db.owner.query(`
    select (select count(*)::int from waitlist.entries where status <> 'waiting') as released,
           (select count(*)::int from invites.codes join invites.batches as b on b.id = batch
            where b.created_by = 'env') as generated,
           (select count(*)::int from referrals.user_rewards) as granted`)
  return rows[0]
}

type Pause = { by: keyof typeof changes; replicas: [number, number]; calls: number }

const pauseAndResume = async (load: Load, { by, replicas, calls }: Pause) => {
  const { pause, resume } = changes[by]
  const closed = await answeredAt(pause[0], pause[1], replicas[0])
  expect(closed.isOpen).toBe(false)
  await untilEarlierEnded()
  const before = await countIssued()
  const rejected = await load.since(closed.at, calls)
  await issuers.continueWaves()
  expect(await countIssued()).toEqual(before)
  expect(statusesOf(rejected)).toEqual([423])
  const open = await answeredAt(resume[0], resume[1], replicas[1])
  expect(open.isOpen).toBe(true)
  const issued = await load.since(open.at, calls)
  expect(statusesOf(issued)).toEqual([200, 201])
}

const pause: fc.Arbitrary<Pause> = fc.record({
  by: fc.constantFrom('hand', 'rates'),
  replicas: fc.tuple(fc.nat(1), fc.nat(1)),
  calls: fc.integer({ min: 1, max: 4 }),
})

/** Every wave is continued to its end, and every released person was published once. */
const expectExactlyOnce = async () => {
  const pending = 'select from waitlist.waves where pending > 0'
  await expect
    .poll(async () => {
      await issuers.continueWaves()
      return (await db.owner.query(pending)).rowCount
    })
    .toBe(0)
  const { rows } = await db.owner.query(`
    select count(*)::int as published, count(distinct person)::int as people,
           (select count(*)::int from waitlist.entries where status <> 'waiting') as released
    from invites.inbox, jsonb_to_recordset(payload -> 'people') as one (person text)
    where event = 'waitlist.released'`)
  const { released } = rows[0]
  expect(rows).toEqual([{ published: released, people: released, released }])
}

const checkPauses = async () => {
  const load = startLoad()
  const check = fc.asyncProperty(pause, async (one) => {
    await issuers.insertEntries(3_000)
    await fillInboxes(db, 1_000)
    await pauseAndResume(load, one)
  })
  await fc.assert(check, { numRuns: GATE_PAUSES, endOnFailure: true }).finally(() => load.stop())
}

const timeout = 60_000 + GATE_PAUSES * 6_000

test('a pause and a resume hold from the answer on while no event is consumed', {
  timeout,
}, async () => {
  await checkPauses()
  await expectExactlyOnce()
})

test('a pause and a resume hold from the answer on behind a full inbox', { timeout }, async () => {
  issuers.startConsumers()
  await checkPauses()
})
