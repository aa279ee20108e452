// Reading what was written down: `GET <prefix>/audit`, as pages or as one file.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { key } from '../auth/callers.ts'
import type { Database } from '../data/database.ts'
import type { Service } from '../events/catalogue.ts'
import { Cursor, encodeCursor, nextLink } from '../http/cursor.ts'
import { exportRows, exportTypeOf, exportTypes } from '../http/export.ts'
import { route } from '../http/route.ts'
import { text } from '../http/text.ts'

const AuditQuery = z.strictObject({
  actor: text(200).optional().describe("A key's name."),
  act: text(100).optional(),
  subject: text(200).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional().describe('Before this time.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: Cursor(z.tuple([z.int().min(1)])),
})
type AuditQuery = z.infer<typeof AuditQuery>

const AuditRow = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  actor: z.string().describe("The key's name; env is ADMIN_API_KEY."),
  key_id: z.string(),
  act: z.string(),
  subject: z.string(),
  reason: z.string().nullable(),
  address: z.string(),
  request_id: z.string(),
  details: z.record(z.string(), z.unknown()),
})
type AuditRow = z.infer<typeof AuditRow>

const AuditReply = z.object({
  acts: z.array(AuditRow).describe('Newest first.'),
  next: z.string().nullable().describe('The cursor of the next page; null after the last.'),
})

const columns = Object.keys(AuditRow.shape)

type Page = { before: number | null; limit: number }

const readActions = async (db: Database, service: Service, asked: AuditQuery, page: Page) => {
  const { rows } = await db.query<AuditRow>(
    `select ${columns.join(', ')}
     from ${service}.audit
     where ($1::bigint is null or id < $1)
       and ($2::text is null or actor = $2) and ($3::text is null or act = $3)
       and ($4::text is null or subject = $4)
       and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
     order by id desc limit $7`,
    [page.before, asked.actor, asked.act, asked.subject, asked.since, asked.until, page.limit],
  )
  return rows
}

const FILE_PAGE = 1000

async function* pagesOf(db: Database, service: Service, asked: AuditQuery) {
  let before: number | null = null
  do {
    const rows: AuditRow[] = await readActions(db, service, asked, { before, limit: FILE_PAGE })
    before = rows.length === FILE_PAGE ? (rows.at(-1)?.id ?? null) : null
    yield rows
  } while (before !== null)
}

type AuditScope = { schema: Service; name: string; prefix: string }

/** Answers `GET <prefix>/audit`: pages as JSON, or all that match as CSV or NDJSON by `Accept`. */
export const auditRoute = (
  app: FastifyInstance,
  db: Database,
  { schema, name, prefix }: AuditScope,
) =>
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/audit`,
      summary: `What was done in ${name} with a key, newest first`,
      auth: key('ops:read'),
      query: AuditQuery,
      replies: [200, AuditReply],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, columns, pagesOf(db, schema, query))
      const before = query.cursor?.[0] ?? null
      const read = await readActions(db, schema, query, { before, limit: query.limit + 1 })
      const acts = read.slice(0, query.limit)
      const next = read.length > acts.length ? encodeCursor([acts.at(-1)?.id as number]) : null
      if (next) reply.header('link', nextLink(request.url, next))
      return { acts, next }
    },
  )
