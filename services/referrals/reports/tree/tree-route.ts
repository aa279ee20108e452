import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, NextCursor, nextPage, pageOf } from '@vobee/shared/http/cursor'
import { inputProblem } from '@vobee/shared/http/input/input-errors'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownUser } from '../../errors.ts'
import { findMember } from '../../members/find-member.ts'
import { states, statuses } from './branches.ts'
import { readMember } from './member.ts'
import { readTree } from './tree.ts'

const MemberParams = z.strictObject({
  id: text(255).describe(
    'The id of the member, of their waitlist entry, or of the user in your application.',
  ),
})

const TreeQuery = z.strictObject({
  depth: z.coerce.number().int().min(1).optional().describe('Levels to show; all if missing.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: Cursor(z.tuple([z.uuid()])),
})

const email = z.string().nullable().describe('Masked.')

const TreeReply = z.object({
  member: z.object({ userId: z.uuid(), email, referrerUserId: z.uuid().nullable() }),
  referrals: z
    .array(
      z.object({
        referralId: z.uuid(),
        depth: z.int().describe('1: referred by the member in the path.'),
        referrerUserId: z.uuid(),
        userId: z.uuid().describe('The referred person.'),
        email,
        status: z.enum(statuses),
        state: z.enum(states),
        reason: z.string().nullable().describe('Why it is void.'),
        score: z.int().describe('The fraud score, 0 to 100.'),
        source: z.enum(['code', 'share']),
        createdAt: z.iso.datetime(),
        countedAt: z.iso.datetime().nullable(),
        convertedAt: z.iso.datetime().nullable(),
      }),
    )
    .describe('Each is followed by the referrals of its person. Void ones and claims have none.'),
  next: NextCursor,
})

const foreignCursor = () =>
  inputProblem([{ path: 'query.cursor', message: 'is not a cursor of this list' }])

export const treeRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/members/:id/tree',
      operationId: 'getMemberTree',
      summary: 'Get the people that a member referred, directly and through others, as a tree',
      auth: key('referrals:read'),
      params: MemberParams,
      query: TreeQuery,
      replies: [200, TreeReply],
      errors: [unknownUser],
    },
    async ({ params, query: { depth = Infinity, limit, cursor }, request, reply }) => {
      const member = await findMember(db, params.id)
      if (member === null) throw unknownUser()
      const [after = null] = cursor ?? []
      const rows = await readTree(db, { member, depth, limit: limit + 1, after })
      if (!rows) throw foreignCursor()
      const { page, next } = pageOf(rows, limit, (row) => [row.referralId] as const)
      return {
        member: await readMember(db, member),
        referrals: page,
        next: nextPage({ request, reply }, next),
      }
    },
  )
