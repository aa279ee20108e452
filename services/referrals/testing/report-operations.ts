// Random changes of what reports count, each as one statement. reports/counts.db.test.ts runs them.
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { sql } from '@vobee/shared/data/sql'
import fc from 'fast-check'
import { lockAttribution } from '../members/attribution-lock.ts'

const PEOPLE = 12

const person = fc.nat({ max: PEOPLE - 1 })
const days = fc.integer({ min: 0, max: 45 })
const several = fc.uniqueArray(person, { minLength: 1, maxLength: 6 })

const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('claim' as const), by: person, of: person, days }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('join' as const), by: person, people: several, days }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('derive' as const),
      people: several,
      state: fc.constantFrom('joined', 'counted', 'held', 'void'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('convert' as const), people: several, days }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom('expire' as const, 'delete' as const),
      people: several,
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('confirm' as const), people: several }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('grant' as const, 'void' as const), by: person }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('code' as const), by: person, days }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('fold' as const, 'roll' as const) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

export const operations = (count: number) =>
  fc.array(operation, { minLength: count, maxLength: count })

const ago = (count: number) => sql`now() - make_interval(days => ${count})`
const membersOf = (people: readonly number[]) => people.map((n) => `person${n}`)

const insert = (by: number, people: readonly number[], daysAgo: number, state: string) => sql`
  insert into referrals.referrals as referral
    (referrer_user_id, referred_user_id, source, state, created_at, expires_at)
  select referrer.id, referred.id, case ${state}::text when 'claimed' then 'share' else 'code' end,
         ${state}, ${ago(daysAgo)}, case ${state}::text when 'claimed' then now() end
  from referrals.members as referrer cross join referrals.members as referred
  where referrer.person = ${`person${by}`} and referred.person = any (${membersOf(people)})
    and not exists (
      select from referrals.referrals as other
      where other.referred_user_id = referred.id and other.state in ('joined', 'counted', 'held')
    )
  order by referrer.id, referred.id
  on conflict (referrer_user_id, referred_user_id) do update set
    created_at = least(referral.created_at, excluded.created_at), state = excluded.state,
    source = excluded.source, status = 'pending', reason = null, converted_at = null,
    expires_at = excluded.expires_at`

const ofPeople = (people: readonly number[]) => sql`
  referred_user_id in (select id from referrals.members where person = any (${membersOf(people)}))`

const derive = (people: readonly number[], state: string) => sql`
  update referrals.referrals set
    state = ${state}, reason = case ${state}::text when 'void' then 'fraud' end
  where state <> 'claimed' and (state <> 'void' or ${state} = 'void') and ${ofPeople(people)}`

const codeOf = (by: number, count: number) => sql`
  insert into referrals.referral_codes (user_id, code, expires_at)
  select id, person, now() + make_interval(hours => ${count} - 20) from referrals.members
  where person = ${`person${by}`}
  on conflict (code) do update set expires_at = excluded.expires_at, is_active = false`

const statementOf = (operation: Operation) => {
  switch (operation.act) {
    case 'claim':
      return insert(operation.by, [operation.of], operation.days, 'claimed')
    case 'join':
      return insert(operation.by, operation.people, operation.days, 'joined')
    case 'derive':
      return derive(operation.people, operation.state)
    case 'convert':
      return sql`
        update referrals.referrals set status = 'converted', converted_at = ${ago(operation.days)}
        where state <> 'claimed' and ${ofPeople(operation.people)}`
    case 'expire':
      return sql`
        update referrals.referrals set status = 'expired'
        where state = 'claimed' and ${ofPeople(operation.people)}`
    case 'delete':
      return sql`delete from referrals.referrals where ${ofPeople(operation.people)}`
    case 'confirm':
      return sql`
        update referrals.members set confirmed = not confirmed
        where person = any (${membersOf(operation.people)})`
    case 'grant':
      return sql`
        insert into referrals.user_rewards (user_id, reward_type, grant_key, reward_value, amount)
        select id, 'invite_codes', 'invite_codes:1', '{"codes": 2}', 2 from referrals.members
        where person = ${`person${operation.by}`}`
    case 'void':
      return sql`
        update referrals.user_rewards set voided = least(amount, voided + 1), void_reason = 'fraud'
        where user_id = (select id from referrals.members where person = ${`person${operation.by}`})`
    case 'code':
      return codeOf(operation.by, operation.days)
    case 'fold':
      return sql`select referrals.fold_changes(50)`
    case 'roll':
      return sql`select referrals.roll_referrers(5)`
  }
}

// A share runs beside other changes, as it does in the service; what changes several waits.
const isAlone = ({ act }: Operation) => act === 'claim' || act === 'fold' || act === 'roll'

/** Inserts the people; three of them have not joined. */
export const insertPeople = (db: Database) =>
  db.query(sql`
    insert into referrals.members (person, joined_at)
    select 'person' || n, case when n > 2 then now() - make_interval(days => n) end
    from generate_series(0, ${PEOPLE - 1}::int) as n`)

/** Runs one operation in a transaction. */
export const runOperation = (db: Database, operation: Operation) =>
  retry(() =>
    transaction(db, async (connection: Transaction) => {
      if (!isAlone(operation)) await lockAttribution(connection)
      await connection.query(statementOf(operation))
    }),
  )
