// Codes that a person earned: each grant is a batch with an owner.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'
import type { CodeTerms } from '../codes/code-format.ts'
import { generateCodes } from './insert-codes.ts'

type Grants = Payload<'referrals.earned'>['grants']

const publishCreated = publish(
  'invites.created',
  {
    batch_id: sql`batch_id`,
    count: sql`size`,
    grants: sql`jsonb_build_array(jsonb_build_object(
      'grant_id', grant_id, 'person', owner_person, 'codes', size
    ))`,
    at: sql`created_at`,
  },
  sql`created`,
)

const createBatches = (grants: Grants, days: number) => sql`
  with created as (
    insert into invites.batches (
      batch_id, size, max_uses, expires_at, created_by, grant_id, owner_person
    )
    select
      'EARNED-' || grant_id, codes, 1, now() + make_interval(hours => 24 * ${days}::int),
      'referrals', grant_id, person
    from unnest(
      ${grants.map(({ grant_id }) => grant_id)}::uuid[],
      ${grants.map(({ person }) => person)}::text[],
      ${grants.map(({ codes }) => codes)}::int[]
    ) as earned (grant_id, person, codes)
    order by grant_id
    on conflict (grant_id) do nothing
    returning id, batch_id, size, created_at, grant_id, owner_person
  ), published as (${publishCreated}
  )
  select id, size, (select count(*) from published) as published from created`

const publishIssued = (batches: number[]) =>
  publish(
    'invites.issued',
    {
      codes: [{ person: sql`owner_person`, code: sql`code`, grant_id: sql`grant_id` }],
      mail: sql`null`,
    },
    sql`
      (
        select owner_person, code.code, grant_id
        from invites.codes as code join invites.batches as batch on batch.id = code.batch
        where code.batch = any (${batches})
        order by batch.id, code.id
      ) as minted`,
  )

/** Mints earned codes, once for each grant. The gate decided when they were earned. */
export const mintGrants = async (db: Transaction, grants: Grants, { format, days }: CodeTerms) => {
  const { rows } = await db.query<{ id: number; size: number }>(createBatches(grants, days))
  for (const { id, size } of rows) {
    await generateCodes(db, { batch: id, size, format, recipient: null })
  }
  await db.query(publishIssued(rows.map(({ id }) => id)))
}
