import { useDatabase } from '@vobee/testing/database'
import { beforeEach, expect, test } from 'vitest'

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
