// Redeeming: who may use a code, decided by one statement for all who ask in the same turn.
import { runPipelined, type Transactable } from '@vobee/shared/data/database'
import { type CodeStatus, codeStatus } from '../codes/code-status.ts'
import { holdsUse } from '../codes/reserved-uses.ts'

export type NewUse = { code: string; email: string; person: string }

export type Redemption =
  | 'redeemed'
  | 'unknown'
  | 'not_yours'
  | 'reserved'
  | Exclude<CodeStatus, 'active'>

// Limited codes are locked, in the order of their ids. An unlimited code's row is neither locked
// nor written, so nobody queues there. After waiting for a lock, `held` shows the row as it is
// now (a limited code that is missing there has no use left), but `uses` is still read as it was
// before the wait. So who is refused on a row that changed meanwhile is to ask again: the change
// may have been a use of their own.
const REDEEM = `
  with asked as (
    select upper(code collate "C") as key, email, person, n
    from rows from (json_to_recordset($1) as (code text, email text, person text))
      with ordinality as t (code, email, person, n)
  ), found as (
    select id, batch, issued_person, uses_left, expires_at, revoked_at,
           upper(code collate "C") as key, xmin as version
    from invites.codes where upper(code collate "C") in (select key from asked)
  ), held as (
    select id, batch, issued_person, uses_left, expires_at, revoked_at, reserved_until,
           xmin as version
    from invites.codes where id in (select id from found where uses_left > 0) and uses_left > 0
    order by id
    for update of codes
  ), code as (
    select found.key, held.id, held.batch, held.issued_person, held.uses_left, held.expires_at,
           held.revoked_at, coalesce(held.reserved_until > now(), false) as reserving,
           held.version <> found.version as changed
    from found join held using (id)
    union all
    select key, id, batch, issued_person, uses_left * 0, expires_at,
           revoked_at, false, coalesce(uses_left > 0, false)
    from found where id not in (select id from held)
  ), reserved as (
    select distinct code_id, person
    from invites.reservations as reservation
    where code_id in (select id from code where reserving) and ${holdsUse('reservation')}
  ), judged as (
    select asked.n, asked.email, asked.person, code.id, code.batch, code.uses_left, code.changed,
           code.changed and code.reserving as stale,
           reserved.code_id is not null as mine, coalesce(of_all.n, 0) as reserved,
           coalesce(code.issued_person = asked.person, true) as yours,
           ${codeStatus('code')} as status,
           coalesce((
             select true from invites.uses where code_id = code.id and uses.person = asked.person
           ), false) as before
    from asked
    left join code using (key)
    left join reserved on reserved.code_id = code.id and reserved.person = asked.person
    left join (select code_id, count(*) as n from reserved group by code_id) as of_all
      on of_all.code_id = code.id
  ), granted as (
    select id, person, email, batch
    from (
      select *, row_number() over (partition by id order by mine desc, n) as place,
             count(*) filter (where mine) over (partition by id) as claimed
      from (
        select distinct on (id, person) * from judged
        where id is not null and status = 'active' and yours and not before and not stale
        order by id, person, n
      ) as wanted
    ) as placed
    where uses_left is null
       or place <= uses_left - case when mine then 0 else reserved - claimed end
    order by id, person
  ), taken as (
    insert into invites.uses (code_id, person, email)
    select id, person, email from granted
    on conflict (code_id, person) do nothing
    returning id, code_id, person, used_at
  ), counted as (
    update invites.codes as code set uses_left = code.uses_left - spent.n
    from (select code_id, count(*)::int as n from taken group by code_id) as spent
    where code.id = spent.code_id and code.uses_left is not null
    returning code.batch, code.uses_left
  ), told_uses as (
    select waitlist.publish('invites.used', payload), referrals.publish('invites.used', payload),
           quality_gates.publish('invites.used', payload)
    from (
      select jsonb_build_object('uses', jsonb_agg(jsonb_build_object(
        'use_id', taken.id, 'person', person, 'batch_id', batch.batch_id,
        'grant_id', batch.grant_id, 'at', used_at
      ))) as payload
      from taken
      join granted using (person)
      join invites.batches as batch on batch.id = granted.batch
      where granted.id = taken.code_id
      having count(*) > 0
    ) as news
  ), told_limits as (
    select quality_gates.publish('invites.limit_reached', payload)
    from (
      select jsonb_build_object(
        'batches', jsonb_agg(jsonb_build_object('batch_id', batch_id, 'count', n)), 'at', now()
      ) as payload
      from (
        select batch.batch_id, count(*) as n
        from counted join invites.batches as batch on batch.id = counted.batch
        where counted.uses_left = 0
        group by batch.batch_id
      ) as spent
      having count(*) > 0
    ) as news
    where (select count(*) from told_uses) > 0
  )
  select
    case when judged.before or granted.id is not null then 'redeemed'
         when judged.id is null then 'unknown'
         when judged.changed then 'again'
         when not judged.yours then 'not_yours'
         when judged.status <> 'active' then judged.status
         when judged.reserved > 0 and judged.uses_left > (
           select count(*) from granted where granted.id = judged.id
         ) then 'reserved'
         else 'used' end as outcome,
    (select count(*) from told_limits) as told
  from judged left join granted on granted.id = judged.id and granted.person = judged.person
  order by judged.n`

// One plan for all batches: making one for each took 1.2 ms, as much as redeeming twenty. It goes
// by indexes, also while the tables are new: a plan made for empty ones read all uses in every
// batch, until they were analysed a minute later.
const ONE_PLAN = `
  set local plan_cache_mode = force_generic_plan;
  set local enable_seqscan = off`

const ask = async (
  db: Transactable,
  uses: readonly NewUse[],
): Promise<(Redemption | 'again')[]> => {
  const statement = { name: 'redeem', text: REDEEM, values: [JSON.stringify(uses)] }
  const { rows } = await runPipelined<{ outcome: Redemption | 'again' }>(db, ONE_PLAN, statement)
  return rows.map((row) => row.outcome)
}

/**
 * Redeems each code for each person, in order of asking. A person who used the code before is
 * told the same again; an item that is refused costs the others nothing.
 */
export const redeem = async (db: Transactable, uses: readonly NewUse[]): Promise<Redemption[]> => {
  const outcomes = await ask(db, uses)
  const unsettled = uses.filter((_, n) => outcomes[n] === 'again')
  if (unsettled.length === 0) return outcomes as Redemption[]
  const settled = (await redeem(db, unsettled)).values()
  return outcomes.map((outcome) =>
    outcome === 'again' ? (settled.next().value as Redemption) : outcome,
  )
}
