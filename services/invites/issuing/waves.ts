// A code for each person of a wave. A wave is one batch, which grows with each event of the wave.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'
import type { CodeTerms } from '../codes/code-format.ts'
import { codesFrom, randomNumbers } from './random-codes.ts'

type Wave = Payload<'waitlist.released'>

// Locks the batch until the transaction ends: the events of a wave are handled one after another.
// `counted` is what a new batch's size already includes. A wave may be held for days: the codes of
// each event are valid from then on, unless an admin let the batch never expire.
const openWave = (waveId: string, size: number, days: number) => sql`
  insert into invites.batches as batch (batch_id, size, max_uses, expires_at, created_by)
  values (
    'WAVE-' || ${waveId}::uuid, ${size}, 1, now() + make_interval(hours => 24 * ${days}::int),
    'waitlist'
  )
  on conflict (batch_id) do update set expires_at = greatest(
    batch.expires_at, case when batch.expires_at is not null then excluded.expires_at end
  )
  returning id, case when xmax = 0 then size else 0 end as counted`

const publishIssued = publish(
  'invites.issued',
  {
    codes: [{ person: sql`issued_person`, code: sql`code`, grant_id: sql`null` }],
    mail: sql`null`,
  },
  sql`issued`,
)

type Issue = { batch: number; waveId: string; people: Wave['people']; codes: string[] }

// A person who has a code of this wave gets no other. A code that exists already is not inserted.
const issueCodes = ({ batch, waveId, people, codes }: Issue) => sql`
  with due as (
    select *, row_number() over () as n
    from (
      select distinct on (person) person, entry_id, masked
      from json_to_recordset(${JSON.stringify(people)})
        as released (person text, entry_id uuid, masked text)
    ) as people
    where not exists (
      select from invites.codes where wave_id = ${waveId} and issued_person = person
    )
  ), issued as (
    insert into invites.codes (
      batch, wave_id, issued_person, entry_id, issued_masked, code, uses_left, expires_at
    )
    select batch.id, ${waveId}::uuid, due.person, due.entry_id, due.masked, new.code,
           batch.max_uses, batch.expires_at
    from due
    join unnest(${codes}::text[]) with ordinality as new (code, n) using (n)
    join invites.batches as batch on batch.id = ${batch}
    on conflict do nothing
    returning code, issued_person
  ), published as (${publishIssued}
  )
  select (select count(*) from due) as due, (select count(*) from issued) as issued,
         (select count(*) from published) as published`

// The wall clock tells the events of a wave apart: with equal times, counts would not change.
const publishCreated = publish(
  'invites.created',
  {
    batch_id: sql`batch_id`,
    count: sql`added`,
    grants: sql`'[]'::jsonb`,
    at: sql`clock_timestamp()`,
  },
  sql`grown`,
)

const growBatch = (batch: number, counted: number, added: number) => sql`
  with grown as (
    update invites.batches set size = size - ${counted} + ${added}::int where id = ${batch}
    returning batch_id, ${added}::int as added
  )
  ${publishCreated}`

/** Issues a code to each person of the event, once for each wave. The gate decided at the release. */
export const issueWave = async (
  db: Transaction,
  { wave_id: waveId, people, expires_in_days }: Wave,
  { format, days }: CodeTerms,
) => {
  const opened = await db.query(openWave(waveId, people.length, expires_in_days ?? days))
  const { id: batch, counted } = opened.rows[0] as { id: number; counted: number }
  let added = 0
  for (let missing = 1; missing > 0; ) {
    const codes = codesFrom(randomNumbers(people.length), format)
    const { rows } = await db.query(issueCodes({ batch, waveId, people, codes }))
    const { due, issued } = rows[0] as { due: number; issued: number }
    added += issued
    missing = due - issued
  }
  if (added > 0) await db.query(growBatch(batch, counted, added))
}
