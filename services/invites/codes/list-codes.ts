// Lists of codes and of batches, newest first. A page costs what it shows: batches are gone through
// by their index, and in each the codes by theirs.
import type { Queryable } from '@vobee/shared/data/database'
import { type CodeStatus, codeStatus } from './code-status.ts'

/** What codes must be. Times are ISO 8601; what is `until` one lies before it. */
export type CodeFilter = Partial<
  Record<
    | 'batch_id'
    | 'created_by'
    | 'created_since'
    | 'created_until'
    | 'expires_since'
    | 'expires_until'
    /** By person key. */
    | 'recipient',
    string | undefined
  >
> & { status?: CodeStatus | undefined }

/** Where a page ended: the ids of the batch and of the code. */
export type After = readonly [batch: number, code: number] | null

export type ListedCode = {
  code: string
  batch_id: string
  status: CodeStatus
  uses: number
  max_uses: number | null
  uses_left: number | null
  issued_to: string | null
  created_by: string
  created_at: string
  expires_at: string | null
  revoked_at: string | null
}

// How many codes one statement looks at where it can't know which match: about 20 ms.
const SCAN = 10_000
/** ms after which a page is given though it is not full: where few codes match. */
const PATIENCE_MS = 500

// Where nothing is asked of the batch, codes are gone through by their index.
const CODES_FIRST = `
  chosen as (select 0 as id where false),
  scanned as materialized (
    select code.*, batch.batch_id, batch.created_by, batch.created_at, batch.max_uses
    from (
      select * from invites.codes
      where ($4::bigint is null or (batch, id) < ($4, $5::bigint))
        and ($1 is distinct from 'revoked' or revoked_at is not null)
      order by batch desc, id desc
      limit $6
    ) as code
    join invites.batches as batch on batch.id = code.batch
  )`

// Else the batches by theirs, and in each its codes; one more batch than codes are wanted, so that
// an empty one does not look like the end.
const BATCHES_FIRST = `
  chosen as materialized (
    select id, batch_id, created_by, created_at, max_uses from invites.batches
    where ($8::text is null or batch_id = $8) and ($9::text is null or created_by = $9)
      and ($10::text is null or id = any (
        array(select distinct batch from invites.codes where issued_person = $10)
      ))
      and ($11::timestamptz is null or created_at >= $11)
      and ($12::timestamptz is null or created_at < $12)
      and ($4::bigint is null or id <= $4)
    order by id desc
    limit $6 + 1
  ), scanned as materialized (
    select code.*, batch_id, created_by, created_at, max_uses
    from chosen
    cross join lateral (
      select * from invites.codes
      where codes.batch = chosen.id and ($1 is distinct from 'revoked' or revoked_at is not null)
        and ($10::text is null or issued_person = $10) and id < case when chosen.id = $4 then $5::bigint else 9223372036854775807 end
      order by id desc
      limit $6
    ) as code
    limit $6
  )`

const LIST = (scanned: string) => `
  with ${scanned},
  matching as (
    select *, ${codeStatus('scanned')} as status
    from scanned
    where ($1::text is null or ${codeStatus('scanned')} = $1)
      and ($2::timestamptz is null or expires_at >= $2)
      and ($3::timestamptz is null or expires_at < $3)
    order by batch desc, id desc
    limit $7
  ), scan as (
    select case when is_full then batch else (select min(id) from chosen) end as to_batch,
           case when is_full then code else 0 end as to_code,
           is_full or (select count(*) from chosen) > $6 as more
    from (
      select count(*) = $6 as is_full, min(batch) as batch,
             (array_agg(id order by batch, id))[1] as code
      from scanned
    ) as end_of
  )
  select scan.*, matching.batch as in_batch, matching.id, code, batch_id, status,
         case when max_uses is null
           then (select count(*) from invites.uses where code_id = matching.id)
           else max_uses - uses_left end as uses,
         max_uses, uses_left, issued_to, created_by, created_at, expires_at, revoked_at
  from scan left join matching on true`

type Scan = { more: boolean; to_batch: number; to_code: number }
type Row = Scan & ListedCode & { in_batch: number; id: number | null }
type Wanted = { after: After; limit: number }

const scan = async (db: Queryable, filter: CodeFilter, { after, limit }: Wanted) => {
  const { status, expires_since, expires_until, ...ofBatch } = filter
  const isOfAny = Object.values(ofBatch).some((asked) => asked !== undefined)
  const { batch_id, created_by, recipient, created_since, created_until } = ofBatch
  const { rows } = await db.query<Row>(LIST(isOfAny ? BATCHES_FIRST : CODES_FIRST), [
    status,
    expires_since,
    expires_until,
    after?.[0],
    after?.[1],
    status || expires_since || expires_until ? SCAN : limit,
    limit,
    ...(isOfAny ? [batch_id, created_by, recipient, created_since, created_until] : []),
  ])
  const { more, to_batch, to_code } = rows[0] as Row
  const found = rows.flatMap(({ more: _, to_batch: _b, to_code: _c, in_batch, id, ...code }) =>
    id === null ? [] : [{ key: [in_batch, id] as const, code }],
  )
  return { found, more: more ? ([to_batch, to_code] as const) : null }
}

export type CodePage = { codes: ListedCode[]; next: After }

/**
 * A page of at most `limit` codes behind `after`. It may hold fewer, even none, and still have a
 * `next`: where few codes match, each page looks at some hundred thousand.
 */
export const listCodes = async (
  db: Queryable,
  filter: CodeFilter,
  { after, limit }: Wanted,
): Promise<CodePage> => {
  const start = performance.now()
  const found: Awaited<ReturnType<typeof scan>>['found'] = []
  let next = after
  do {
    const scanned = await scan(db, filter, { after: next, limit: limit + 1 - found.length })
    found.push(...scanned.found)
    next = found.length > limit ? (found[limit - 1]?.key ?? null) : scanned.more
  } while (next && found.length <= limit && performance.now() - start < PATIENCE_MS)
  return { codes: found.slice(0, limit).map(({ code }) => code), next }
}

/** All codes that match, page by page. */
export async function* allCodes(db: Queryable, filter: CodeFilter): AsyncGenerator<ListedCode[]> {
  let after: After = null
  do {
    const page: CodePage = await listCodes(db, filter, { after, limit: 1_000 })
    yield page.codes
    after = page.next
  } while (after)
}
