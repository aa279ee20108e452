// Looking codes up, and drawing them. A code is found whatever its case.
import type { Queryable } from '@vobee/shared/database'
import type { CodeFormat } from '../code-format.ts'
import { type CodeStatus, codeStatus } from './code-status.ts'

export type FoundCode = {
  code: string
  /** Null: unlimited. */
  uses_left: number | null
  expires_at: string | null
  status: CodeStatus
}

export const findCode = async (db: Queryable, given: string): Promise<FoundCode | null> => {
  const { rows } = await db.query<FoundCode>({
    name: 'find-code',
    text: `
      select code, uses_left, expires_at, ${codeStatus('codes')} as status
      from invites.codes
      where upper(code collate "C") = upper($1 collate "C")`,
    values: [given],
  })
  return rows[0] ?? null
}

export type Recipient = { email: string; person: string } | null

// A uuid of version 4 comes from the server's strong random source; its 13th and 17th digit are
// not random and left out. In the order of their key a million take 8 s instead of 9.3. They come
// back as one text: a million rows would be a million objects.
const DRAW = `
  with drawn as (
    insert into invites.codes (batch, code, issued_to, issued_person, uses_left, expires_at)
    select
      id, $2 || left(left(hex, 12) || substr(hex, 14, 3) || substr(hex, 18), $3),
      $4, $5, max_uses, expires_at
    from (
      select batch.id, batch.max_uses, batch.expires_at,
             upper(replace(gen_random_uuid()::text, '-', '')) as hex
      from invites.batches as batch
      cross join generate_series(
        1, batch.size - (select count(*) from invites.codes where codes.batch = batch.id)
      )
      where batch.id = any ($1)
      order by hex
    ) as random
    on conflict (upper(code collate "C")) do nothing
    returning code
  )
  select string_agg(code, ',') as codes from drawn`

export type Draw = {
  batches: { id: number; size: number }[]
  format: CodeFormat
  recipient: Recipient
  /** ms; the role's own limit unless given. */
  limit?: number
}

/** Fills batches with codes until each has its size: one that is taken is drawn again. */
export const drawCodes = async (db: Queryable, draw: Draw): Promise<string[]> => {
  const { batches, format, recipient, limit } = draw
  const ids = batches.map((batch) => batch.id)
  const wanted = batches.reduce((sum, batch) => sum + batch.size, 0)
  const statement = {
    text: DRAW,
    values: [ids, format.prefix, format.length, recipient?.email, recipient?.person],
    query_timeout: limit,
  }
  let codes: string[] = []
  while (codes.length < wanted) {
    const { rows } = await db.query<{ codes: string | null }>(statement)
    codes = codes.concat(rows[0]?.codes?.split(',') ?? [])
  }
  return codes
}

/** Keeps somebody's own code in its batch. A code that is taken violates `codes_key`. */
export const keepOwnCode = (db: Queryable, batch: number, code: string, recipient: Recipient) =>
  db.query(
    `insert into invites.codes (batch, code, issued_to, issued_person, uses_left, expires_at)
     select id, $2, $3, $4, max_uses, expires_at from invites.batches where id = $1`,
    [batch, code, recipient?.email, recipient?.person],
  )

export const isCodeTaken = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'codes_key'
