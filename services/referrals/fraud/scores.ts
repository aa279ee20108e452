// SQL: the stored fraud scores.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Score } from './score.ts'

export type Scored = Score & { id: string }

/** Stores scores that are not lower than before; returns the ids of the referrals that changed. */
export const storeScores = async (db: Queryable, scored: readonly Scored[]): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    update referrals.referrals as referral
    set fraud_score = scored.score, fraud_reasons = scored.reasons
    from jsonb_to_recordset(${JSON.stringify(scored)}) as scored (
      id uuid, score smallint, reasons jsonb
    )
    where referral.id = scored.id and scored.score >= referral.fraud_score
      and (scored.score, scored.reasons) is distinct from (fraud_score, fraud_reasons)
    returning referral.id`)
  return rows.map(({ id }) => id)
}
