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
import { reportTogether } from '@vobee/shared/http/text'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Entry } from './entry.ts'
import { filterQuery, searchOf } from './filter.ts'
import { listEntries } from './list-entries.ts'
import { type Sort, type Start, sorts } from './sorts.ts'

const StartKey = z.union([
  z.tuple([z.enum(sorts), z.int32(), z.int().min(0)]),
  z.tuple([z.enum(['joined', '-joined']), z.iso.datetime(), z.int().min(0)]),
])

const members = z.strictObject({
  ...filterQuery,
  sort: z
    .enum(sorts)
    .optional()
    .describe(
      'By default `position` with status=waiting, else `joined`. A `-` reverses it: `-joined` ' +
        'begins with the newest, `-score` with the highest, `-referrals` with the most.',
    ),
  order: z
    .enum(['place', 'joined'])
    .optional()
    .meta({ deprecated: true, description: 'Use `sort`, which wins over this.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(StartKey),
})
type Members = z.infer<typeof members>

const sortOf = ({ sort, order, status }: Pick<Members, 'sort' | 'order' | 'status'>): Sort => {
  if (sort !== undefined) return sort
  if (order !== undefined) return order === 'place' ? 'position' : 'joined'
  return status === 'waiting' ? 'position' : 'joined'
}

const isByPosition = (given: Members) => /position$/.test(sortOf(given))

const EntriesQuery = members
  .refine((given) => given.status === 'waiting' || !isByPosition(given), {
    path: ['sort'],
    message: 'must not be position unless status is waiting',
    ...reportTogether,
  })
  .refine((given) => !Array.isArray(given.cursor) || given.cursor[0] === sortOf(given), {
    path: ['cursor'],
    message: 'is not a cursor of this list',
    ...reportTogether,
  })

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
      const { sort: _, order: __, limit, cursor = null, ...filter } = query
      const search = searchOf(filter, personKey)
      const sort = sortOf(query)
      const read = (start: Start | null, size = FILE_PAGE) =>
        listEntries(db, { sort, search, start, limit: size })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Entry.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { entries: page, next: nextPage({ request, reply }, next) }
    },
  )
