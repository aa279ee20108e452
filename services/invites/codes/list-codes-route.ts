import { key } from '@vobee/shared/auth/callers'
import { Cursor, NextCursor, nextPage } from '@vobee/shared/http/cursor'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId } from './code-format.ts'
import { codeStatuses } from './code-status.ts'
import { type After, listCodes } from './list-codes.ts'
import type { RouteDeps } from './route-deps.ts'
import type { CodeFilter } from './scan-codes.ts'

const time = z.iso.datetime({ offset: true })

const CodesQuery = z.strictObject({
  batch_id: BatchId.optional(),
  created_by: text(200).optional(),
  issued_to: Email.optional().describe('The recipient.'),
  earned_by: Email.optional().describe('The member who earned the code by referrals.'),
  status: z.enum(codeStatuses).optional(),
  created_since: time.optional(),
  created_until: time.optional().describe('Before this time.'),
  expires_since: time.optional(),
  expires_until: time.optional().describe('Before this time.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(z.tuple([z.int(), z.int()])),
})
type CodesQuery = z.infer<typeof CodesQuery>

export const Code = z
  .object({
    code: z.string(),
    batch_id: z.string(),
    status: z.enum(codeStatuses),
    uses: z.int(),
    max_uses: z.int().nullable().describe('Null: unlimited.'),
    uses_left: z.int().nullable().describe('Null: unlimited.'),
    issued_to: z
      .string()
      .nullable()
      .describe('The address that `generate` got, or of a person who was released the masked one.'),
    created_by: z.string(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable().describe('Null: never.'),
    revoked_at: z.iso.datetime().nullable(),
    entry_id: z.uuid().nullable().describe('The entry that was released; null for other codes.'),
    earned_by: z
      .string()
      .nullable()
      .describe('The masked address of the member who earned the code by referrals.'),
  })
  .meta({ id: 'Code' })

export const next = NextCursor.describe(
  'The cursor of the next page; null on the last page. Other pages may be short as well.',
)

const CodesReply = z.object({
  codes: z.array(Code).describe('Newest batch first, and in it the newest code first.'),
  next,
})

const filterOf = (query: CodesQuery, personKey: PersonKey): CodeFilter => {
  const { issued_to, earned_by, limit: _, cursor: _cursor, ...filter } = query
  return {
    ...filter,
    recipient: issued_to && personKey(issued_to),
    owner: earned_by && personKey(earned_by),
  }
}

export const listCodesRoute = (app: FastifyInstance, { db, personKey }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/codes',
      operationId: 'listCodes',
      summary: 'List codes: a page, or all that match as a file',
      auth: key('invites:read'),
      query: CodesQuery,
      replies: [200, CodesReply],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const filter = filterOf(query, personKey)
      const read = (after: After, limit = FILE_PAGE) => listCodes(db, filter, { after, limit })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Code.shape), allPages(read))
      const { page, next } = await read(query.cursor ?? null, query.limit)
      return { codes: page, next: nextPage({ request, reply }, next) }
    },
  )
