// Reading the audit log: `GET <prefix>/audit`, as pages or as one file.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { key } from '../auth/callers.ts'
import type { Database } from '../data/database.ts'
import { raw, sql } from '../data/sql.ts'
import type { Service } from '../events/catalogue.ts'
import { Cursor, NextCursor, nextPage, pageOf } from '../http/cursor.ts'
import { allPages, exportRows, exportTypeOf, exportTypes, FILE_PAGE } from '../http/export.ts'
import { route } from '../http/route.ts'
import { pascalCase, text } from '../http/text.ts'
import { renamed, since, until } from '../http/time-filter.ts'

const AuditQuery = z.strictObject({
  actor: text(200).optional().describe("A key's name."),
  act: text(100).optional(),
  subject: text(200).optional(),
  at_since: since,
  at_until: until,
  since: renamed('at_since'),
  until: renamed('at_until'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: Cursor(z.tuple([z.int().min(1)])),
})
type AuditQuery = z.infer<typeof AuditQuery>

const AuditRow = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    actor: z.string().describe('The name of the key; env is ADMIN_API_KEY.'),
    key_id: z.string(),
    act: z.string(),
    subject: z.string(),
    reason: z.string().nullable(),
    address: z.string(),
    request_id: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditLogEntry' })
type AuditRow = z.infer<typeof AuditRow>

const AuditReply = z
  .object({
    acts: z.array(AuditRow).describe('Newest first.'),
    next: NextCursor,
  })
  .meta({ id: 'AuditLog' })

const columns = Object.keys(AuditRow.shape)

type Page = { before: [number] | null; limit: number }

const readActions = async (db: Database, service: Service, filter: AuditQuery, page: Page) => {
  const before = page.before?.[0] ?? null
  const { actor = null, act = null, subject = null } = filter
  const from = filter.at_since ?? filter.since ?? null
  const to = filter.at_until ?? filter.until ?? null
  const { rows } = await db.query<AuditRow>(sql`
    select ${raw(columns.join(', '))}
    from ${raw(service)}.audit
    where (${before}::bigint is null or id < ${before})
      and (${actor}::text is null or actor = ${actor})
      and (${act}::text is null or act = ${act})
      and (${subject}::text is null or subject = ${subject})
      and (${from}::timestamptz is null or at >= ${from})
      and (${to}::timestamptz is null or at < ${to})
    order by id desc limit ${page.limit + 1}`)
  return pageOf(rows, page.limit, ({ id }): [number] => [id])
}

type AuditScope = { schema: Service; name: string; prefix: string }

/** Declares `GET <prefix>/audit`: pages of JSON, or by `Accept` all matching rows as CSV or NDJSON. */
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
      operationId: `list${pascalCase(name)}AuditLog`,
      summary: `List the actions of keys in ${name}, newest first`,
      auth: key('ops:read'),
      query: AuditQuery,
      replies: [200, AuditReply],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const type = exportTypeOf(request)
      const read = (before: [number] | null, limit = FILE_PAGE) =>
        readActions(db, schema, query, { before, limit })
      if (type) return exportRows(reply, type, columns, allPages(read))
      const { page, next } = await read(query.cursor ?? null, query.limit)
      return { acts: page, next: nextPage({ request, reply }, next) }
    },
  )
