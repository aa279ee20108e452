import { type Sql, sql } from '@vobee/shared/data/sql'

/**
 * SQL: the quality score of a member, by id: the mean of `1 − days / 30`, in whole days, over the
 * referrals of the last 30 days that are neither void nor expired. 0 … 1 with two decimals; 0 without
 * any.
 */
export const qualityScore = (member: Sql): Sql => sql`
  (
    select least(1, coalesce(round(
             sum(30 - extract(day from now() - created_at)) / (30 * count(*)), 2
           ), 0))::float8
    from referrals.referrals
    where referrer_user_id = ${member} and created_at > now() - interval '30 days'
      and state <> 'void' and (state <> 'claimed' or expires_at > now())
  )`
