// A code for each person whom a wave released: one batch for each wave, which grows as it is told.
import type { Transaction } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import type { GrantTerms } from './grants.ts'
import { codesOf, draw } from './random-codes.ts'

type Wave = Payload<'waitlist.released'>

// The batch is locked to the end: what is told of one wave is heard one after another.
const OPEN = `
  insert into invites.batches as batch (batch_id, size, max_uses, expires_at, created_by)
  values ('WAVE-' || $1::uuid, $2, 1, now() + make_interval(hours => 24 * $3::int), 'waitlist')
  on conflict (batch_id) do update set size = batch.size
  returning id, case when xmax = 0 then size else 0 end as counted`

// Who has a code of this wave already gets no other; a code that is taken is drawn again.
const ISSUE = `
  with due as (
    select person, row_number() over () as n
    from (select distinct person from unnest($3::text[]) as told (person)) as people
    where not exists (
      select from invites.codes where wave_id = $2 and issued_person = person
    )
  ), issued as (
    insert into invites.codes (batch, wave_id, issued_person, code, uses_left, expires_at)
    select batch.id, $2::uuid, due.person, drawn.code, batch.max_uses, batch.expires_at
    from due
    join unnest($4::text[]) with ordinality as drawn (code, n) using (n)
    join invites.batches as batch on batch.id = $1
    on conflict do nothing
    returning code, issued_person
  ), told as (
    select waitlist.publish('invites.issued', payload)
    from (
      select jsonb_build_object('codes', jsonb_agg(jsonb_build_object(
        'person', issued_person, 'code', code, 'grant_id', null
      ))) as payload
      from issued having count(*) > 0
    ) as news
  )
  select (select count(*) from due) as due, (select count(*) from issued) as issued,
         (select count(*) from told) as told`

// The time of the clock sets each event of a wave apart: by an equal one counts would stand still.
const TELL = `
  with grown as (
    update invites.batches set size = size - $2 + $3::int where id = $1
    returning jsonb_build_object(
      'batch_id', batch_id, 'count', $3::int, 'grants', '[]'::jsonb, 'at', clock_timestamp()
    ) as payload
  )
  select referrals.publish('invites.created', payload), quality_gates.publish('invites.created', payload)
  from grown`

/** Issues each person their code, once for each wave; the gate was asked where it was released. */
export const issueWave = async (
  db: Transaction,
  { wave_id, people }: Wave,
  { format, days }: GrantTerms,
) => {
  const persons = people.map(({ person }) => person)
  const opened = await db.query(OPEN, [wave_id, persons.length, days])
  const { id, counted } = opened.rows[0] as { id: number; counted: number }
  let made = 0
  for (let missing = 1; missing > 0; ) {
    const codes = codesOf(draw(persons.length), format)
    const { rows } = await db.query(ISSUE, [id, wave_id, persons, codes])
    const { due, issued } = rows[0] as { due: number; issued: number }
    made += issued
    missing = due - issued
  }
  if (made > 0) await db.query(TELL, [id, counted, made])
}
