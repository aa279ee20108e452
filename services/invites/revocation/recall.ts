// Recalls: referrals takes back codes of a grant. A recall revokes up to as many codes as it asks for,
// once, and answers how many; the ledger books that number.
import type { Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'
import { reservedUses } from '../codes/reserved-uses.ts'
import { applyAll } from './apply.ts'
import { lockRevocations } from './apply-step.ts'
import { type Covered, coverCodes } from './cover.ts'

type Recall = Payload<'referrals.recalled'>['recalls'][number]

// The statements after it see every use of these codes.
const lockCodes = (grants: readonly string[]) => sql`
  select batch.grant_id, batch.id as batch
  from invites.batches as batch join invites.codes as code on code.batch = batch.id
  where batch.grant_id = any (${grants})
  order by code.id
  for update of code`

const insertRecall = ({ recall_id, codes }: Recall, batch: number) => sql`
  insert into invites.recalls (recall_id, batch, codes) values (${recall_id}, ${batch}, ${codes})
  on conflict do nothing`

// A code that only a block revoked counts, so the order of the recall and the block does not matter.
// A code that an admin revoked, or an earlier recall, does not. First those that nobody has reserved,
// and of these the live ones.
const recallable = ({ codes }: Recall, batch: number): Sql => sql`
  covered as (
    select id from invites.codes as code
    where batch = ${batch}
      and not exists (select from invites.uses where code_id = code.id)
      and not exists (
        select from invites.revoked_codes
        join invites.revocations as other on other.id = revocation_id
        where code_id = code.id and undone_at is null and kind <> 'block'
      )
    order by ${reservedUses('code')} > 0, coalesce(expires_at <= now(), false), id desc
    limit ${codes}
  )`

const storeAnswer = (recallId: string, revoked: number) => sql`
  update invites.recalls set revoked = ${revoked} where recall_id = ${recallId}`

const recallOnce = async (db: Transaction, recall: Recall, batch: number): Promise<void> => {
  const { rowCount } = await db.query(insertRecall(recall, batch))
  if (rowCount === 0) return
  const { reason } = recall
  const revocation = { kind: 'recall', target: batch, reason, by: 'referrals' } as const
  const { rows } = await db.query<Covered>(coverCodes(revocation, recallable(recall, batch)))
  const covered = rows[0]
  if (!covered) return
  await applyAll(db, covered.id)
  await db.query(storeAnswer(recall.recall_id, covered.added))
}

const publishAnswers = (recalls: readonly string[]) =>
  publish(
    'invites.recalled',
    { recalls: [{ recall_id: sql`recall_id`, revoked: sql`revoked` }] },
    sql`invites.recalls where recall_id = any (${recalls})`,
  )

/**
 * Revokes unused codes of grants, once for each recall, and publishes the answers. A recall that was
 * answered before gets the same answer again. @throws if a grant has no codes yet.
 */
export const recallCodes = async (db: Transaction, recalls: readonly Recall[]) => {
  await db.query(lockRevocations)
  type Locked = { grant_id: string; batch: number }
  const { rows } = await db.query<Locked>(lockCodes(recalls.map(({ grant_id }) => grant_id)))
  const batches = new Map(rows.map(({ grant_id, batch }) => [grant_id, batch]))
  for (const recall of recalls) {
    const batch = batches.get(recall.grant_id)
    if (batch === undefined) throw new Error(`the grant ${recall.grant_id} has no codes yet`)
    await recallOnce(db, recall, batch)
  }
  await db.query(publishAnswers(recalls.map(({ recall_id }) => recall_id)))
}
