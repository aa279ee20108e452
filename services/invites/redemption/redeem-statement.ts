// The statement that redeems codes: it decides, counts and publishes for a whole batch of requests.
import { compiled, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { codeStatus } from '../codes/code-status.ts'
import { holdsUse } from '../codes/reserved-uses.ts'

const publishUses = publish(
  'invites.used',
  {
    uses: [
      {
        use_id: sql`inserted.id`,
        person: sql`person`,
        batch_id: sql`batch.batch_id`,
        grant_id: sql`batch.grant_id`,
        code_id: sql`case when batch.grant_id is not null then granted.id end`,
        at: sql`used_at`,
      },
    ],
  },
  sql`
    inserted
    join granted using (person)
    join invites.batches as batch on batch.id = granted.batch
    where granted.id = inserted.code_id`,
)

// It reads `published_uses`, so that its event follows that of the use.
const publishLimits = publish(
  'invites.limit_reached',
  { batches: [{ batch_id: sql`batch_id`, count: sql`n` }], at: sql`now()` },
  sql`
    (
      select batch.batch_id, count(*) as n
      from counted join invites.batches as batch on batch.id = counted.batch
      where counted.uses_left = 0
      group by batch.batch_id
    ) as used_up
    where (select count(*) from published_uses) > 0`,
)

/**
 * SQL: redeems each of the items `[{code, email, person}]`, as JSON, and returns their outcomes in order.
 *
 * Limited codes are locked in the order of their ids. The row of an unlimited code is neither locked
 * nor written, so no request waits for it. After a wait for a lock, `locked` shows the current row (a
 * limited code that is missing there has no use left), but `uses` is still read as of before. So the
 * outcome of a failure on a row that changed is 'retry': the change may be a use by the same person.
 */
export const redeemStatement = compiled<{ items: string }>(
  'redeem',
  ({ items }) => sql`
  with request as (
    select upper(code collate "C") as key, email, person, n
    from rows from (json_to_recordset(${items}) as (code text, email text, person text))
      with ordinality as t (code, email, person, n)
  ), found as (
    select id, batch, issued_person, uses_left, expires_at, revoked_at,
           upper(code collate "C") as key, xmin as version
    from invites.codes where upper(code collate "C") in (select key from request)
  ), locked as (
    select id, batch, issued_person, uses_left, expires_at, revoked_at, reserved_until,
           xmin as version
    from invites.codes where id in (select id from found where uses_left > 0) and uses_left > 0
    order by id
    for update of codes
  ), code as (
    select found.key, locked.id, locked.batch, locked.issued_person, locked.uses_left,
           locked.expires_at, locked.revoked_at,
           coalesce(locked.reserved_until > now(), false) as has_reservations,
           locked.version <> found.version as has_changed
    from found join locked using (id)
    union all
    select key, id, batch, issued_person, uses_left * 0, expires_at,
           revoked_at, false, coalesce(uses_left > 0, false)
    from found where id not in (select id from locked)
  ), reserved as (
    select distinct code_id, person
    from invites.reservations as reservation
    where code_id in (select id from code where has_reservations) and ${holdsUse('reservation')}
  ), decided as (
    select request.n, request.email, request.person, code.id, code.batch, code.uses_left,
           code.has_changed, code.has_changed and code.has_reservations as is_stale,
           reserved.code_id is not null as has_reserved, coalesce(of_code.n, 0) as reserved,
           coalesce(code.issued_person = request.person, true) as is_recipient,
           ${codeStatus('code')} as status,
           coalesce((
             select true from invites.uses
             where code_id = code.id and uses.person = request.person
           ), false) as has_redeemed
    from request
    left join code using (key)
    left join reserved on reserved.code_id = code.id and reserved.person = request.person
    left join (select code_id, count(*) as n from reserved group by code_id) as of_code
      on of_code.code_id = code.id
  ), granted as (
    select id, person, email, batch
    from (
      select *, row_number() over (partition by id order by has_reserved desc, n) as place,
             count(*) filter (where has_reserved) over (partition by id) as with_reservation
      from (
        select distinct on (id, person) * from decided
        where id is not null and status = 'active' and is_recipient and not has_redeemed
          and not is_stale
        order by id, person, n
      ) as candidate
    ) as placed
    where uses_left is null
       or place <= uses_left - case when has_reserved then 0 else reserved - with_reservation end
    order by id, person
  ), inserted as (
    insert into invites.uses (code_id, person, email)
    select id, person, email from granted
    on conflict (code_id, person) do nothing
    returning id, code_id, person, used_at
  ), counted as (
    update invites.codes as code set uses_left = code.uses_left - of_code.n
    from (select code_id, count(*)::int as n from inserted group by code_id) as of_code
    where code.id = of_code.code_id and code.uses_left is not null
    returning code.batch, code.uses_left
  ), published_uses as (${publishUses}
  ), published_limits as (${publishLimits}
  )
  select
    case when decided.has_redeemed or granted.id is not null then 'redeemed'
         when decided.id is null then 'unknown'
         when decided.has_changed then 'retry'
         when not decided.is_recipient then 'not_yours'
         when decided.status <> 'active' then decided.status
         when decided.reserved > 0 and decided.uses_left > (
           select count(*) from granted where granted.id = decided.id
         ) then 'reserved'
         else 'used' end as outcome,
    (select count(*) from published_limits) as published
  from decided left join granted on granted.id = decided.id and granted.person = decided.person
  order by decided.n`,
)
