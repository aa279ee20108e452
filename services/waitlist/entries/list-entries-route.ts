import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, NextCursor, nextPage } from '@vobee/shared/http/cursor'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ScoreParts } from '../line/position-reply.ts'
import { statuses } from '../line/statuses.ts'
import { personas } from '../scoring/personas.ts'
import { filterQuery, searchOf } from './filter.ts'
import { listEntries, type Start } from './list-entries.ts'

const StartKey = z.union([
  z.tuple([z.literal('place'), z.int32(), z.int().min(0)]),
  z.tuple([z.literal('joined'), z.iso.datetime(), z.int().min(0)]),
])

const members = z.strictObject({
  status: z.enum(statuses).optional(),
  ...filterQuery,
  order: z
    .enum(['place', 'joined'])
    .optional()
    .describe(
      'By default waiting entries are in the order of the line, others in the order of joining.',
    ),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(StartKey),
})
type Members = z.infer<typeof members>

const orderOf = ({ order, status }: Members) => order ?? (status === 'waiting' ? 'place' : 'joined')

// Reports these errors together with those of single members; zod would stop after the latter.
const when = () => true

const EntriesQuery = members
  .refine(({ order, status }) => order !== 'place' || status === 'waiting', {
    path: ['order'],
    message: 'must not be place unless status is waiting',
    when,
  })
  .refine((given) => !Array.isArray(given.cursor) || given.cursor[0] === orderOf(given), {
    path: ['cursor'],
    message: 'is not a cursor of this list',
    when,
  })

const time = z.iso.datetime()

const Entry = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string().nullable(),
    use_case: z.string(),
    persona: z.enum(personas),
    locale: z.string().nullable(),
    status: z.enum(statuses),
    position: z.int().nullable().describe('Null unless waiting.'),
    score: z.int(),
    score_parts: ScoreParts,
    referrals: z.int().describe('Referrals that counted.'),
    referral_code: z.string(),
    referred_by: z.string().nullable(),
    joined_at: time,
    invited_at: time.nullable(),
    redeemed_at: time.nullable(),
    wave_id: z.uuid().nullable(),
    utm: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Entry' })

const EntriesReply = z.object({
  entries: z
    .array(Entry)
    .describe('A page with few matches may be short or empty and still have a next page.'),
  next: NextCursor,
})

export type ListEntriesDeps = { db: Database; personKey: PersonKey }

export const listEntriesRoute = (app: FastifyInstance, { db, personKey }: ListEntriesDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/entries',
      operationId: 'listEntries',
      summary: 'List and search entries, as pages, or all that match as a file',
      auth: key('waitlist:read'),
      query: EntriesQuery,
      replies: [200, EntriesReply],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const { status, order: _, limit, cursor = null, ...filter } = query
      const search = searchOf(filter, personKey)
      const order = orderOf(query)
      const read = (start: Start | null, size = FILE_PAGE) =>
        listEntries(db, { order, status, search, start, limit: size })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Entry.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { entries: page, next: nextPage({ request, reply }, next) }
    },
  )
