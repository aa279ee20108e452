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
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { revocationKinds } from '../codes/revocation-kinds.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { type Key, listRevocations } from './list-revocations.ts'

const ListedRevocation = z.object({
  revocation_id: z.int().describe('The id with which you can undo it.'),
  kind: z.enum(revocationKinds),
  target: z
    .string()
    .nullable()
    .describe('The code, the `batch_id`, or the recipient of a code of the blocked person.'),
  reason: z.string(),
  revoked_by: z.string().describe('The name of the key; `referrals` for a recall or block.'),
  revoked_at: z.iso.datetime(),
  codes: z.int().describe('The number of codes that it revoked; not those revoked before.'),
  pending: z.boolean().describe('Whether codes are still being revoked or restored.'),
  undone_at: z.iso.datetime().nullable(),
  undone_by: z.string().nullable(),
  restored: z.int().describe('The number of codes that undoing it restored.'),
})

export const listRevocationsRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/revocations',
      operationId: 'listRevocations',
      summary: 'List revocations, newest first: a page, or all as a file',
      auth: key('invites:read'),
      query: z.strictObject({
        undone: z
          .enum(['true', 'false'])
          .transform((word) => word === 'true')
          .optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int()])),
      }),
      replies: [200, z.object({ revocations: z.array(ListedRevocation), next: NextCursor })],
      streams: exportTypes,
    },
    async ({ query: { undone = null, limit, cursor = null }, request, reply }) => {
      const read = (before: Key | null, size = FILE_PAGE) =>
        listRevocations(db, { undone, before, limit: size })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(ListedRevocation.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { revocations: page, next: nextPage({ request, reply }, next) }
    },
  )
