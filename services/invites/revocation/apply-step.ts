// One step of a revocation or its undoing, as SQL.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { publishGrantedCodes } from '../codes/granted-codes.ts'

/** Revoking and undoing exclude each other, so that each step sees what the other did. */
export const lockRevocations = sql`
  select pg_advisory_xact_lock(hashtext('invites.revocations'))`

/** Codes in a step: 0.3 s, in which redeeming one of them waits. */
const STEP = 5_000

const chooseStep = (id: number) => sql`
  revocation as (
    select * from invites.revocations where id = ${id} and reached is not null
  ), step as (
    select code_id as id
    from invites.revoked_codes
    where revocation_id = ${id} and code_id > (select reached from revocation)
    order by code_id
    limit ${STEP}
  )`

// The last code of the step; null after the last step.
const reached = sql`
  reached = case when (select count(*) from step) = ${STEP} then (select max(id) from step) end`

const publishRevoked = publish(
  'invites.revoked',
  { batches: [{ batch_id: sql`batch_id`, count: sql`n` }], at: sql`clock_timestamp()` },
  sql`
    (
      select batch.batch_id, count(*) as n
      from revoked join invites.batches as batch on batch.id = revoked.batch
      group by batch.batch_id
    ) as batches`,
)

export const revokeStep = (id: number): Sql => sql`
  with ${chooseStep(id)}, live as (
    select id from invites.codes
    where id in (select id from step) and revoked_at is null
    order by id
    for update
  ), revoked as (
    update invites.codes as code set revoked_at = now()
    from live where code.id = live.id
    returning code.id, code.batch, code.revoked_at, code.expires_at
  ), published as (${publishRevoked}
  ), published_granted as (${publishGrantedCodes('revoked')})
  update invites.revocations
  set codes = codes + (select count(*) from revoked), ${reached}
  where id = ${id}
    and (select count(*) from published) + (select count(*) from published_granted) >= 0
  returning reached is null as is_done`

// A code that expired while it was revoked has not been published as expired: `expireCodes` reads it
// again.
export const restoreStep = (id: number): Sql => sql`
  with ${chooseStep(id)}, freed as (
    select id from step
    except
    select covered.code_id
    from invites.revoked_codes as covered
    join invites.revocations as other on other.id = covered.revocation_id
    where other.undone_at is null and covered.code_id in (select id from step)
  ), live as (
    select id from invites.codes
    where id in (select id from freed) and revoked_at is not null
    order by id
    for update
  ), restored as (
    update invites.codes as code
    set revoked_at = null,
        expiry_seen_at = case when expiry_seen_at < revoked_at then expiry_seen_at end
    from live where code.id = live.id
    returning code.id, code.batch, code.revoked_at, code.expires_at
  ), published as (${publishGrantedCodes('restored')})
  update invites.revocations
  set restored = restored + (select count(*) from restored), ${reached}
  where id = ${id} and (select count(*) from published) >= 0
  returning reached is null as is_done`
