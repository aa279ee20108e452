// Pages of codes, newest first.
import type { Queryable } from '@vobee/shared/data/database'
import type { CodeStatus } from './code-status.ts'
import { type After, type CodeFilter, type Range, scan } from './scan-codes.ts'

export type ListedCode = {
  code: string
  batch_id: string
  status: CodeStatus
  uses: number
  max_uses: number | null
  uses_left: number | null
  issued_to: string | null
  entry_id: string | null
  earned_by: string | null
  created_by: string
  created_at: string
  expires_at: string | null
  revoked_at: string | null
}

/** Codes that one statement reads where it cannot know which of them match: about 20 ms. */
const SCAN = 10_000

/** ms after which a page is returned that is not full, where few codes match. */
const PAGE_MS = 500

type Row = ListedCode & {
  more: boolean
  to_batch: number
  to_code: number
  in_batch: number
  id: number | null
}

// At most `limit` codes that match, each with its key, and the key from which to continue.
const scanPage = async (db: Queryable, filter: CodeFilter, { after, limit }: Range) => {
  const { status, expires_since, expires_until } = filter
  const range = { after, limit: status || expires_since || expires_until ? SCAN : limit }
  const { rows } = await db.query<Row>(scan(filter, range, limit))
  const { more, to_batch, to_code } = rows[0] as Row
  const found = rows.flatMap(({ more: _, to_batch: _b, to_code: _c, in_batch, id, ...code }) =>
    id === null ? [] : [{ key: [in_batch, id] as const, code }],
  )
  return { found, more: more ? ([to_batch, to_code] as const) : null }
}

export type { After }
export type CodePage = { page: ListedCode[]; next: After | null }

/**
 * Returns at most `limit` codes after `after`. A page may hold fewer, even none, and still have a
 * `next`: where few codes match, it reads some hundred thousand and stops.
 */
export const listCodes = async (
  db: Queryable,
  filter: CodeFilter,
  { after, limit }: Range,
): Promise<CodePage> => {
  const start = performance.now()
  const found: Awaited<ReturnType<typeof scanPage>>['found'] = []
  let next = after
  do {
    const scanned = await scanPage(db, filter, { after: next, limit: limit + 1 - found.length })
    found.push(...scanned.found)
    next = found.length > limit ? (found[limit - 1]?.key ?? null) : scanned.more
  } while (next && found.length <= limit && performance.now() - start < PAGE_MS)
  return { page: found.slice(0, limit).map(({ code }) => code), next }
}
