// Carrying revocations out, and their undoing, some thousand codes at a time: whoever redeems one
// of them meanwhile does not wait for the others.
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'

// Revoking and undoing take turns, so that each step sees all that the others did.
export const TAKE_TURN = `select pg_advisory_xact_lock(hashtext('invites.revocations'))`

/** 0.3 s. */
const STEP = 5_000

const step = `
  revocation as (
    select * from invites.revocations where id = $1 and reached is not null
  ), step as (
    select code_id as id
    from invites.revoked_codes
    where revocation_id = $1 and code_id > (select reached from revocation)
    order by code_id
    limit $2
  )`

const reached = `
  reached = case when (select count(*) from step) = $2 then (select max(id) from step) end`

const END = `
  with ${step}, live as (
    select id from invites.codes
    where id in (select id from step) and revoked_at is null
    order by id
    for update
  ), ended as (
    update invites.codes as code set revoked_at = now()
    from live where code.id = live.id
    returning code.batch
  ), told as (
    select quality_gates.publish('invites.revoked', payload)
    from (
      select jsonb_build_object(
        'batches', jsonb_agg(jsonb_build_object('batch_id', batch_id, 'count', n)),
        'at', clock_timestamp()
      ) as payload
      from (
        select batch.batch_id, count(*) as n
        from ended join invites.batches as batch on batch.id = ended.batch
        group by batch.batch_id
      ) as batches
      having count(*) > 0
    ) as news
  )
  update invites.revocations
  set codes = codes + (select count(*) from ended), ${reached}
  where id = $1 and (select count(*) from told) >= 0
  returning reached is null as done`

// A code whose end came while it was revoked has not been told to have expired: it is looked at
// again.
const RESTORE = `
  with ${step}, freed as (
    select id from step
    except
    select held.code_id
    from invites.revoked_codes as held
    join invites.revocations as other on other.id = held.revocation_id
    where other.undone_at is null and held.code_id in (select id from step)
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
    returning code.id
  )
  update invites.revocations
  set restored = restored + (select count(*) from restored), ${reached}
  where id = $1
  returning reached is null as done`

const STATE = `
  select undone_at is not null as undone, reached is null as done
  from invites.revocations where id = $1`

/** One step of a revocation, in a transaction that has the turn; true after the last. */
export const stepOn = async (db: Transaction, id: number): Promise<boolean> => {
  const { rows } = await db.query<{ undone: boolean; done: boolean }>(STATE, [id])
  if (!rows[0] || rows[0].done) return true
  const taken = await db.query<{ done: boolean }>(rows[0].undone ? RESTORE : END, [id, STEP])
  return taken.rows[0]?.done ?? true
}

/** Carries a revocation, or its undoing, out to the end. */
export const settle = async (db: Database, id: number): Promise<void> => {
  let done = false
  while (!done) {
    done = await transaction(db, async (connection) => {
      await connection.query(TAKE_TURN)
      return stepOn(connection, id)
    })
  }
}

/** Carries out what was left under way by a process that ended. */
export const settleAll = async (db: Database): Promise<void> => {
  const under = `select id from invites.revocations where reached is not null order by id`
  const { rows } = await db.query<{ id: number }>(under)
  for (const { id } of rows) await settle(db, id)
}
