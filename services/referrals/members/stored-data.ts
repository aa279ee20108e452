// Everything that is kept of one person; of others only what became of them, never who they are.
import type { Transaction } from '@vobee/shared/data/database'
import type { OwnData } from './own-data.ts'

const referralsBy = (side: 'referrer_user_id' | 'referred_user_id') => `
  select referral.status, state, source, reason, referral.created_at, counted_at, converted_at,
         expires_at
  from referrals.members as member
  join referrals.referrals as referral on referral.${side} = member.id
  where person = $1
  order by referral.created_at`

const MEMBER = `
  select joined_at, left_at, confirmed, brought_code, redeemed_at, known_at
  from referrals.members where person = $1`

const CODES = `
  select code, is_active, created_at, expires_at
  from referrals.members as member join referrals.referral_codes as code on user_id = member.id
  where person = $1
  order by created_at`

const REWARDS = `
  select reward_type as type, reward_value as reward, is_claimed, created_at, claimed_at,
         expires_at,
         (select count(*) from referrals.reward_code_uses where reward_id = reward.id) as codes_used
  from referrals.members as member
  join referrals.user_rewards as reward on reward.user_id = member.id
  where person = $1
  order by created_at`

export const readOwn = async (db: Transaction, person: string): Promise<OwnData> => {
  const read = async <Row extends object>(text: string) =>
    (await db.query<Row>(text, [person])).rows
  const [member] = await read<NonNullable<OwnData['member']>>(MEMBER)
  return {
    member: member ?? null,
    codes: await read<OwnData['codes'][number]>(CODES),
    referrals: await read<OwnData['referrals'][number]>(referralsBy('referrer_user_id')),
    referred: await read<OwnData['referred'][number]>(referralsBy('referred_user_id')),
    rewards: await read<OwnData['rewards'][number]>(REWARDS),
  }
}
