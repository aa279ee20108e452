// The tree of a code: the people who used it, the codes that they received, and so on.
import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalidCode } from '../../errors.ts'
import { GivenCode } from '../code-format.ts'
import { codeStatuses } from '../code-status.ts'
import type { RouteDeps } from '../route-deps.ts'
import { findTargetId } from '../targets.ts'
import { readTree } from './tree.ts'

/** Most codes, and most uses, in a reply. */
const MOST = 1_000

const TreeReply = z.object({
  codes: z
    .array(
      z.object({
        code: z.string(),
        depth: z.int().describe('0: the code in the path.'),
        status: z.enum(codeStatuses),
        batch_id: z.string(),
        created_by: z.string(),
        issued_to: z.string().nullable(),
        given_to: z.string().nullable().describe('The person of this tree who received it.'),
        came_of: z.string().nullable().describe('The code that this person had used.'),
        uses: z.int(),
      }),
    )
    .describe('Level by level.'),
  redemptions: z.array(
    z.object({ code: z.string(), email: z.string().nullable(), used_at: z.iso.datetime() }),
  ),
  truncated: z
    .boolean()
    .describe(`Whether the tree has more than ${MOST} codes or uses, which are left out.`),
})

export const treeRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/:code/tree',
      operationId: 'getCodeTree',
      summary: 'Get the tree of a code: its users, the codes that they received, and so on',
      auth: key('invites:read'),
      params: z.strictObject({ code: GivenCode }),
      query: z.strictObject({ depth: z.coerce.number().int().min(0).max(10).default(5) }),
      replies: [200, TreeReply],
      errors: [invalidCode],
    },
    async ({ params: { code }, query: { depth } }) => {
      const id = await findTargetId(db, { kind: 'tree', name: code })
      if (id === null) throw invalidCode()
      const { codes, redemptions } = await readTree(db, { id, depth, limit: MOST + 1 })
      return {
        codes: codes.slice(0, MOST),
        redemptions: redemptions.slice(0, MOST),
        truncated: Math.max(codes.length, redemptions.length) > MOST,
      }
    },
  )
