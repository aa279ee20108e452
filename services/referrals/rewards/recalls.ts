// SQL: the answers of invites to recalls of codes.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Answer = Payload<'invites.recalled'>['recalls'][number]

const answerRows = (answers: readonly Answer[]) => sql`
  select distinct on (recall_id) * from json_to_recordset(${JSON.stringify(answers)})
    as answer (recall_id uuid, revoked int)
  order by recall_id`

/** Returns the members whose grants are recalled, by id. */
export const findRecalled = async (
  db: Queryable,
  answers: readonly Answer[],
): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select distinct user_id as id
    from referrals.code_recalls as recall
    join referrals.user_rewards as reward on reward.id = reward_id
    where recall.id = any (${answers.map(({ recall_id }) => recall_id)}::uuid[])`)
  return rows.map(({ id }) => id)
}

/** Records answers, each once, and voids what was revoked. The caller has locked the members. */
export const recordAnswers = (db: Queryable, answers: readonly Answer[]) =>
  db.query(sql`
    with answered as (
      update referrals.code_recalls as recall
      set answered_at = now(), revoked = least(answer.revoked, recall.codes)
      from (${answerRows(answers)}) as answer
      where recall.id = answer.recall_id and recall.answered_at is null
      returning recall.reward_id, recall.revoked, recall.reason
    )
    update referrals.user_rewards as reward
    set voided = voided + answered.revoked, void_reason = answered.reason
    from answered
    where reward.id = answered.reward_id and answered.revoked > 0`)
