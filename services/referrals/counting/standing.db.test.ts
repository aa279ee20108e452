import { readFile } from 'node:fs/promises'
import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'

const db = useDatabase()

test('an upgrade publishes the referrals of seven days that an earlier version attributed', async () => {
  await db.owner.query(`
    with people as (
      insert into referrals.members (person) select 'p' || n from generate_series(0, 3) as n
      returning id, person
    )
    insert into referrals.referrals
      (referrer_user_id, referred_user_id, source, state, reason, created_at)
    select referrer.id, referred.id, 'code', state, reason, now() - make_interval(days => age)
    from people as referrer
    cross join (values ('p1', 'counted', null, 1), ('p2', 'void', 'ring', 1), ('p3', 'joined', null, 8))
      as referral (person, state, reason, age)
    join people as referred on referred.person = referral.person
    where referrer.person = 'p0'`)
  const migration = await readFile(`${import.meta.dirname}/../migrations/012_standing.sql`, 'utf8')
  for (let i = 0; i < 2; i++)
    await db.owner.query(`begin; set local search_path to referrals; ${migration}; commit`)
  const { rows } = await db.owner.query(`
    select payload -> 'transitions' as transitions, referral.standing
    from quality_gates.inbox
    join referrals.referrals as referral on referral.id::text = payload #>> '{transitions,0,referral_id}'
    where event = 'referrals.transitioned'`)
  expect(rows).toEqual([
    {
      standing: 'clean',
      transitions: [
        {
          referral_id: expect.any(String),
          revision: 1,
          from: null,
          to: 'clean',
          at: expect.any(String),
        },
      ],
    },
  ])
})
