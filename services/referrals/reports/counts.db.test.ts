import { openDatabase } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { REPORT_OPERATIONS } from '@vobee/testing/settings'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { insertPeople, operations, runOperation } from '../testing/report-operations.ts'
import { recomputeReports } from './consistency-check.ts'

const db = useDatabase()
beforeEach(db.empty)

const read = async (text: string, values: unknown[] = []) =>
  (await db.owner.query(text, values)).rows

/** Inserts members and returns their ids. */
const insertMembers = async (count: number): Promise<string[]> => {
  const rows = await read(
    `insert into referrals.members (person, joined_at)
     select 'person' || n, now() from generate_series(1, $1::int) as n returning id`,
    [count],
  )
  return rows.map(({ id }) => id)
}

const totals = () =>
  read(`select user_id, total, counted, converted, earning, month_total, week_total
        from referrals.referrer_totals`)

test('the totals of a referrer follow every change of their referrals', async () => {
  const [referrer, ...friends] = await insertMembers(4)
  const refer = (referred: string | undefined, days: number) =>
    read(
      `insert into referrals.referrals (referrer_user_id, referred_user_id, source, state, created_at)
       values ($1, $2, 'code', 'joined', now() - make_interval(days => $3))`,
      [referrer, referred, days],
    )
  await refer(friends[0], 0)
  await refer(friends[1], 7)
  await refer(friends[2], 30)
  const row = { user_id: referrer, counted: 0, converted: 0, earning: 0 }
  expect(await totals()).toEqual([{ ...row, total: 3, month_total: 2, week_total: 1 }])

  await read(
    `update referrals.referrals set state = 'counted', status = 'converted', converted_at = now()
     where referred_user_id = any ($1)`,
    [friends.slice(0, 2)],
  )
  const converted = { ...row, counted: 2, converted: 2, earning: 2 }
  expect(await totals()).toEqual([{ ...converted, total: 3, month_total: 2, week_total: 1 }])

  await read(
    "update referrals.referrals set state = 'void', reason = 'fraud' where referred_user_id = $1",
    [friends[0]],
  )
  const rest = { ...row, counted: 1, converted: 1, earning: 1 }
  expect(await totals()).toEqual([{ ...rest, total: 2, month_total: 1, week_total: 0 }])

  await read('delete from referrals.referrals')
  expect(await totals()).toEqual([{ ...row, total: 0, month_total: 0, week_total: 0 }])
})

const LANES = 4

test('after random changes on several connections, every count equals a recount', async () => {
  const pool = openDatabase(db.urls.referrals, {
    name: 'test',
    max: LANES,
    log: { error: () => {} },
  })
  await insertPeople(pool)
  const seed = Date.now()
  const [run = []] = fc.sample(operations(REPORT_OPERATIONS), { numRuns: 1, seed })
  const lanes = Array.from({ length: LANES }, (_, lane) => run.filter((_, n) => n % LANES === lane))
  await Promise.all(
    lanes.map(async (lane) => {
      for (const operation of lane) await runOperation(pool, operation)
    }),
  )
  await pool.end()
  const comparisons = await recomputeReports(db.owner)
  expect(
    comparisons.filter(({ wrong }) => wrong > 0),
    `seed ${seed}`,
  ).toEqual([])
  expect(comparisons.filter(({ expected }) => Number(expected) > 0)).toHaveLength(4)
  await read('select referrals.rebuild_reports()')
  expect((await recomputeReports(db.owner)).filter(({ wrong }) => Number(wrong) > 0)).toEqual([])
})

test.each([
  ['update referrals.referrer_totals set week_counted = week_counted + 1', 'referrer_totals'],
  ['update referrals.referrer_days set counted = counted + 1', 'referrer_days'],
  ['delete from referrals.report_changes', 'report_counts'],
  ["update referrals.report_counts set n = n + 1 where at = '-infinity'", 'report_sums'],
])('a consistency check finds the effect of %s', async (harm, found) => {
  const [by, of] = await insertMembers(2)
  await read(
    `insert into referrals.referrals (referrer_user_id, referred_user_id, source, state)
     values ($1, $2, 'code', 'joined')`,
    [by, of],
  )
  if (found === 'report_sums') await read('select referrals.fold_changes(1000)')
  await read(harm)
  const wrong = (await recomputeReports(db.owner)).filter((one) => Number(one.wrong) > 0)
  expect(wrong.map(({ name }) => name)).toContain(found)
})

test('truncated tables leave no counts', async () => {
  const [by, of] = await insertMembers(2)
  await read(
    `insert into referrals.referrals (referrer_user_id, referred_user_id, source, state)
     values ($1, $2, 'code', 'joined')`,
    [by, of],
  )
  await read('truncate referrals.members cascade')
  const comparisons = await recomputeReports(db.owner)
  expect(comparisons.map(({ expected, found }) => [Number(expected), Number(found)])).toEqual(
    comparisons.map(() => [0, 0]),
  )
})
