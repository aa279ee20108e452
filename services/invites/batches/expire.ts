// Codes that the clock ends.
import type { Queryable } from '@vobee/shared/data/database'
import { codeStatus } from '../codes/code-status.ts'

// Every code past its time is marked, so that it is looked at once; told are those which nothing
// else had ended before.
const EXPIRE = `
  with due as (
    select id from invites.codes
    where expires_at <= now() and expiry_seen_at is null
    order by expires_at
    limit $1
    for update skip locked
  ), seen as (
    update invites.codes as code set expiry_seen_at = now()
    from due where code.id = due.id
    returning code.batch, ${codeStatus('code')} as status
  ), told as (
    select quality_gates.publish('invites.expired', payload)
    from (
      select jsonb_build_object(
        'batches', jsonb_agg(jsonb_build_object('batch_id', batch_id, 'count', n)), 'at', now()
      ) as payload
      from (
        select batch.batch_id, count(*) as n
        from seen join invites.batches as batch on batch.id = seen.batch
        where seen.status = 'expired'
        group by batch.batch_id
      ) as ended
      having count(*) > 0
    ) as news
  )
  select count(*) as seen, (select count(*) from told) as told from seen`

/** Ends codes whose time is over, `chunk` at a time: short statements that lock few rows. */
export const expireCodes = async (db: Queryable, chunk = 2_000): Promise<void> => {
  let seen: number
  do {
    const { rows } = await db.query<{ seen: number }>(EXPIRE, [chunk])
    seen = rows[0]?.seen ?? 0
  } while (seen === chunk)
}
