// SQL: the referrals that reviewers decided, with the signals that they had.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Case } from './fit.ts'
import type { Reason } from './score.ts'

type Row = { reasons: Reason[]; is_fraud: boolean }

// Blocking a referrer is a decision on all their referrals.
const reviewed = sql`
  select fraud_reasons as reasons, state = 'void' as is_fraud
  from referrals.referrals
  where fraud_reasons <> '[]' and (
    decision = 'approved' and state <> 'void' or state = 'void' and reason in ('fraud', 'blocked')
  )
  order by id`

/** Returns the reviewed referrals that have a signal, in a random but constant order. */
export const readCases = async (db: Queryable): Promise<Case[]> => {
  const { rows } = await db.query<Row>(reviewed)
  return rows.map(({ reasons, is_fraud }) => ({
    values: Object.fromEntries(reasons.map(({ signal, value }) => [signal, value])),
    isFraud: is_fraud,
  }))
}
