// Expiring codes.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { codeStatus } from '../codes/code-status.ts'

const publishExpired = publish(
  'invites.expired',
  { batches: [{ batch_id: sql`batch_id`, count: sql`n` }], at: sql`now()` },
  sql`
    (
      select batch.batch_id, count(*) as n
      from marked join invites.batches as batch on batch.id = marked.batch
      where marked.status = 'expired'
      group by batch.batch_id
    ) as expired`,
)

// Marks each code whose time is over, so that it is read once. Publishes those that were not used up
// or revoked before.
const expireChunk = (chunk: number) => sql`
  with due as (
    select id from invites.codes
    where expires_at <= now() and expiry_seen_at is null
    order by expires_at
    limit ${chunk}
    for update skip locked
  ), marked as (
    update invites.codes as code set expiry_seen_at = now()
    from due where code.id = due.id
    returning code.batch, ${codeStatus('code')} as status
  ), published as (${publishExpired}
  )
  select count(*) as marked, (select count(*) from published) as published from marked`

/** Expires the codes whose time is over, `chunk` at a time: short statements that lock few rows. */
export const expireCodes = async (db: Queryable, chunk = 2_000): Promise<void> => {
  let marked: number
  do {
    const { rows } = await db.query<{ marked: number }>(expireChunk(chunk))
    marked = rows[0]?.marked ?? 0
  } while (marked === chunk)
}
