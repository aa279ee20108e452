// Retention: the addresses of codes that ended long ago. The codes, their uses and the person keys stay,
// so a code answers as before, and every count and statistic stays the same.
import type { Database } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { raw, sql } from '@vobee/shared/data/sql'

const CHUNK = 2_000

type Step = { days: number; after: number; chunk: number }

const hasEnded = (code: string) =>
  raw(`
    coalesce(${code}.expires_at < until or ${code}.revoked_at < until or (
      ${code}.uses_left = 0 and not exists (
        select from invites.uses where code_id = ${code}.id and used_at >= until
      )
    ), false)`)

// A daily walk along the primary key: an index for it would slow down every redemption.
const deleteStep = ({ days, after, chunk }: Step) => sql`
  with past as (
    select now() - make_interval(days => ${days}) as until
  ), span as (
    select id, batch, uses_left, expires_at, revoked_at, coalesce(issued_to, issued_masked) as recipient
    from invites.codes where id > ${after} order by id limit ${chunk}
  ), uses as (
    update invites.uses as use set email = null
    from (
      select code_id, person
      from past, span join invites.uses on code_id = span.id
      where email is not null and used_at < until
      limit ${chunk}
      for update of uses skip locked
    ) as old
    where use.code_id = old.code_id and use.person = old.person
    returning use.id
  ), recipients as (
    update invites.codes as code set issued_to = null, issued_masked = null
    from past, span
    where code.id = span.id and recipient is not null and ${hasEnded('span')}
    returning code.id
  ), owners as (
    update invites.batches as batch set owner_masked = null
    from past
    where batch.id in (select batch from span) and owner_masked is not null and not exists (
      select from invites.codes where codes.batch = batch.id and not ${hasEnded('codes')}
    )
  )
  select (select max(id) from span) as last, (select count(*) from uses) as uses,
         (select count(*) from recipients) as recipients`

type Deleted = { last: number | null; uses: number; recipients: number }

/**
 * Deletes the addresses of uses, and of recipients and owners of codes that ended, older than `days`
 * (null: none), a chunk of codes at a time.
 */
export const deleteCodeDetails = async (db: Database, days: number | null, chunk = CHUNK) => {
  if (days === null) return
  for (let after: number | null = 0; after !== null; ) {
    const step: Step = { days, after, chunk }
    const { rows } = await retry(() => db.query<Deleted>(deleteStep(step)))
    const { last, uses } = rows[0] as Deleted
    // The uses of one code may be more than a chunk.
    if (uses < chunk) after = last
  }
}
