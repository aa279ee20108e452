// SQL: what referrals stores of one person. Other people appear only as the state of a referral.
import type { Transaction } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import type { OwnData } from './own-data.ts'

const memberOf = (person: string) => sql`
  select host_user_id, masked as masked_email, joined_at, left_at, confirmed, confirmed_at,
         brought_code, redeemed_at, known_at
  from referrals.members where person = ${person}`

const joinSignalsOf = (person: string) => sql`
  select network is not null as network, device is not null as device,
         lookalike is not null as lookalike, disposable, automated, received_at
  from referrals.members as member join referrals.join_signals as signals on user_id = member.id
  where person = ${person}`

const codesOf = (person: string) => sql`
  select code, is_active, created_at, expires_at
  from referrals.members as member join referrals.referral_codes as code on user_id = member.id
  where person = ${person}
  order by created_at`

const referralsBy = (side: 'referrer_user_id' | 'referred_user_id', person: string) => sql`
  select referral.status, state, source, reason, referral.created_at, counted_at, converted_at,
         paid_at, expires_at
  from referrals.members as member
  join referrals.referrals as referral on referral.${raw(side)} = member.id
  where person = ${person}
  order by referral.created_at`

const paymentsOf = (person: string) => sql`
  select paid_at, recorded_at from referrals.payments where person = ${person}`

const rewardsOf = (person: string) => sql`
  select reward.id, reward_type as type, reward_value as reward, is_claimed, created_at, claimed_at,
         expires_at, expired_at, amount, voided,
         (select count(*) from referrals.reward_code_uses where reward_id = reward.id) as codes_used
  from referrals.members as member
  join referrals.user_rewards as reward on reward.user_id = member.id
  where person = ${person}
  order by created_at`

export const readOwnData = async (db: Transaction, person: string): Promise<OwnData> => {
  const read = async <Row extends object>(query: Sql) => (await db.query<Row>(query)).rows
  const [member] = await read<NonNullable<OwnData['member']>>(memberOf(person))
  const [joinSignals] = await read<NonNullable<OwnData['join_signals']>>(joinSignalsOf(person))
  return {
    member: member ?? null,
    join_signals: joinSignals ?? null,
    codes: await read(codesOf(person)),
    referrals: await read(referralsBy('referrer_user_id', person)),
    referred: await read(referralsBy('referred_user_id', person)),
    payments: await read(paymentsOf(person)),
    rewards: await read(rewardsOf(person)),
  }
}
