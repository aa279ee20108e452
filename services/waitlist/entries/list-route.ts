import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, encodeCursor, nextLink } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ScoreParts } from '../line/position-route.ts'
import { statuses } from '../line/statuses.ts'
import { personas } from '../scoring/personas.ts'
import { filterQuery, searchOf } from './filter.ts'
import { listEntries } from './list.ts'

const Start = z.union([
  z.tuple([z.literal('place'), z.int32(), z.int().min(0)]),
  z.tuple([z.literal('joined'), z.iso.datetime(), z.int().min(0)]),
])

const members = z.strictObject({
  status: z.enum(statuses).optional(),
  ...filterQuery,
  order: z
    .enum(['place', 'joined'])
    .optional()
    .describe('Of those who wait: their place. Else: when they joined.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(Start),
})
type Members = z.infer<typeof members>

const orderOf = ({ order, status }: Members) => order ?? (status === 'waiting' ? 'place' : 'joined')

// Named together with the faults of single members, which zod by itself would not.
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

const Entry = z.object({
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
  referrals: z.int().describe('How many referrals counted.'),
  referral_code: z.string(),
  referred_by: z.string().nullable(),
  joined_at: time,
  invited_at: time.nullable(),
  redeemed_at: time.nullable(),
  wave_id: z.uuid().nullable(),
  utm: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.unknown()),
})

const EntriesReply = z.object({
  entries: z
    .array(Entry)
    .describe('A page that found few may be short, or empty, and still have a next.'),
  next: z.string().nullable().describe('The cursor of the next page; null after the last.'),
})

export type EntriesDeps = { db: Database; personKey: PersonKey }

export const entriesRoute = (app: FastifyInstance, { db, personKey }: EntriesDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/entries',
      operationId: 'listEntries',
      summary: 'List and search entries',
      auth: key('waitlist:read'),
      query: EntriesQuery,
      replies: [200, EntriesReply],
    },
    async ({ query, request, reply }) => {
      const { status, order: _, limit, cursor = null, ...filter } = query
      const search = searchOf(filter, personKey)
      const page = { order: orderOf(query), status, limit, start: cursor, search }
      const found = await listEntries(db, page)
      const next = found.next && encodeCursor(found.next)
      if (next) reply.header('link', nextLink(request.url, next))
      return { entries: found.entries, next }
    },
  )
