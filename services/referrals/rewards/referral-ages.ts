// What can be said of the referrals of one person.
import type { Queryable } from '@vobee/shared/data/database'
import type { Age } from './quality-score.ts'

export type Figures = Age & { counted: number }

/** Referrals of a person that are neither void nor expired, by age in whole days: 0 … 29, older. */
export const figuresOf = async (db: Queryable, person: string): Promise<Figures[]> => {
  const { rows } = await db.query<Figures>(
    `select least(greatest(extract(day from now() - referral.created_at), 0), 30)::int as days,
            count(*) as referrals,
            count(*) filter (where referral.state = 'counted') as counted
     from referrals.members as member
     join referrals.referrals as referral on referral.referrer_user_id = member.id
     where member.person = $1 and referral.state <> 'void'
       and (referral.state <> 'claimed' or referral.expires_at > now())
     group by days`,
    [person],
  )
  return rows
}
