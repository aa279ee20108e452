// Codes of waves that the waitlist wants to mail once more.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'
import { codeStatus } from '../codes/code-status.ts'

/** Publishes the active codes that waves issued to the people. */
export const republishInvitations = (
  db: Queryable,
  { people }: Payload<'waitlist.invitation_requested'>,
) => {
  const code = { person: sql`person`, code: sql`code`, request_id: sql`request_id` }
  return db.query(sql`
    with active as (
      select request.person, request.request_id, code.code
      from json_to_recordset(${JSON.stringify(people)}) as request (person text, request_id uuid)
      join invites.codes as code on code.issued_person = request.person
      where code.wave_id is not null and ${codeStatus('code')} = 'active'
    ), published as (${publish('invites.reissued', { codes: [code] }, sql`active`)})
    select count(*) from published`)
}
