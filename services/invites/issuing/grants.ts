// Codes that somebody earned: a grant is a batch with an owner.
import type { Transaction } from '@vobee/shared/data/database'
import type { CodeFormat } from '../codes/code-format.ts'
import { drawCodes } from './insert-codes.ts'

export type Grant = { grant_id: string; person: string; codes: number }

const OPEN_GRANTS = `
  with made as (
    insert into invites.batches (
      batch_id, size, max_uses, expires_at, created_by, grant_id, owner_person
    )
    select
      'EARNED-' || grant_id, codes, 1, now() + make_interval(hours => 24 * $4::int), 'referrals',
      grant_id, person
    from unnest($1::uuid[], $2::text[], $3::int[]) as granted (grant_id, person, codes)
    order by grant_id
    on conflict (grant_id) do nothing
    returning id, batch_id, size, created_at, grant_id, owner_person
  ), told as (
    select referrals.publish('invites.created', payload), quality_gates.publish('invites.created', payload)
    from (
      select jsonb_build_object(
        'batch_id', batch_id, 'count', size, 'at', created_at,
        'grants', jsonb_build_array(jsonb_build_object(
          'grant_id', grant_id, 'person', owner_person, 'codes', size
        ))
      ) as payload
      from made
    ) as news
  )
  select id, size, (select count(*) from told) as told from made`

const TELL_ISSUED = `
  select waitlist.publish('invites.issued', payload)
  from (
    select jsonb_build_object('codes', jsonb_agg(jsonb_build_object(
      'person', batch.owner_person, 'code', code.code, 'grant_id', batch.grant_id
    ) order by batch.id, code.id)) as payload
    from invites.codes as code join invites.batches as batch on batch.id = code.batch
    where code.batch = any ($1) having count(*) > 0
  ) as news`

/** How earned codes are made: their format, and after how many days they expire. */
export type GrantTerms = { format: CodeFormat; days: number }

/** Mints what was earned, each grant once; the gate was asked where it was earned. */
export const mintGrants = async (
  db: Transaction,
  grants: Grant[],
  { format, days }: GrantTerms,
) => {
  const { rows } = await db.query<{ id: number; size: number }>(OPEN_GRANTS, [
    grants.map((grant) => grant.grant_id),
    grants.map((grant) => grant.person),
    grants.map((grant) => grant.codes),
    days,
  ])
  for (const { id, size } of rows) {
    await drawCodes(db, { batch: id, size, format, recipient: null })
  }
  await db.query(TELL_ISSUED, [rows.map(({ id }) => id)])
}
