// Codes that a person earned: each grant is a batch with an owner.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'
import type { CodeTerms } from '../codes/code-format.ts'
import { publishGrantedCodes } from '../codes/granted-codes.ts'
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
      batch_id, size, max_uses, expires_at, created_by, grant_id, owner_person, owner_masked,
      codes_published
    )
    select
      'EARNED-' || grant_id, codes, 1, now() + make_interval(hours => 24 * ${days}::int),
      'referrals', grant_id, person, masked, true
    from unnest(
      ${grants.map(({ grant_id }) => grant_id)}::uuid[],
      ${grants.map(({ person }) => person)}::text[],
      ${grants.map(({ codes }) => codes)}::int[],
      ${grants.map(({ masked }) => masked ?? null)}::text[]
    ) as earned (grant_id, person, codes, masked)
    order by grant_id
    on conflict (grant_id) do nothing
    returning id, batch_id, size, created_at, grant_id, owner_person
  ), published as (${publishCreated}
  )
  select id, size, (select count(*) from published) as published from created`

const publishIssued = publish(
  'invites.issued',
  {
    codes: [{ person: sql`owner_person`, code: sql`code`, grant_id: sql`grant_id` }],
    mail: sql`null`,
  },
  sql`
    (
      select owner_person, code, grant_id
      from minted join invites.batches as batch on batch.id = minted.batch
      order by minted.batch, minted.id
    ) as listed`,
)

const publishMinted = (batches: number[]) => sql`
  with minted as (select * from invites.codes where batch = any (${batches})),
  issued as (${publishIssued}),
  granted as (${publishGrantedCodes('minted')})
  select (select count(*) from issued), (select count(*) from granted)`

/** Mints earned codes, once for each grant. The gate decided when they were earned. */
export const mintGrants = async (db: Transaction, grants: Grants, { format, days }: CodeTerms) => {
  const { rows } = await db.query<{ id: number; size: number }>(createBatches(grants, days))
  for (const { id, size } of rows) {
    await generateCodes(db, { batch: id, size, format, recipient: null })
  }
  await db.query(publishMinted(rows.map(({ id }) => id)))
}

const GRANTS = 500

// Codes are locked before their batches, as in erasing, and before their state is read.
const publishNext = sql`
  with due as materialized (
    select id from invites.batches where grant_id is not null and not codes_published
    order by id limit ${GRANTS}
  ), locked as (
    select * from invites.codes where batch in (select id from due) order by id for update
  ), marked as (
    update invites.batches set codes_published = true
    where id in (select batch from locked)
    returning id
  ), published as (${publishGrantedCodes('locked')})
  select count(*) as marked, (select count(*) from published) as published from marked`

/** Publishes the codes of grants that version 0.4.0 minted. Version 0.6.0 removes this. */
export const publishOldGrants = async (db: Queryable): Promise<void> => {
  let marked: number
  do {
    marked = (await db.query<{ marked: number }>(publishNext)).rows[0]?.marked ?? 0
  } while (marked === GRANTS)
}
