// Who let whom in: looking at all that came of a code, and revoking it.
import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalidCode } from '../errors.ts'
import { type ActDeps, Reason, RevokeReply, revokeOnce } from '../revocation/revoke-routes.ts'
import { GivenCode } from './code-format.ts'
import { codeStatuses } from './code-status.ts'
import { idOf } from './targets.ts'
import { preview, readTree } from './tree.ts'

const params = z.strictObject({ code: GivenCode })

/** Most codes, and most uses, of one answer. */
const MOST = 1_000

const TreeReply = z.object({
  codes: z
    .array(
      z.object({
        code: z.string(),
        depth: z.int().describe('0: the code asked for.'),
        status: z.enum(codeStatuses),
        batch_id: z.string(),
        created_by: z.string(),
        issued_to: z.string().nullable(),
        given_to: z.string().nullable().describe('The person of this tree who was given it.'),
        came_of: z.string().nullable().describe('The code by which that person had come.'),
        uses: z.int(),
      }),
    )
    .describe('Level by level.'),
  redemptions: z.array(
    z.object({ code: z.string(), email: z.string(), used_at: z.iso.datetime() }),
  ),
  truncated: z.boolean().describe(`Whether there is more: it ends at ${MOST} codes or uses.`),
})

export const treeRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/:code/tree',
      operationId: 'getCodeTree',
      summary: 'Who was let in by a code, by the codes these were given, and so on',
      auth: key('invites:read'),
      params,
      query: z.strictObject({ depth: z.coerce.number().int().min(0).max(10).default(5) }),
      replies: [200, TreeReply],
      errors: [invalidCode],
    },
    async ({ params: { code }, query: { depth } }) => {
      const id = await idOf(db, { kind: 'tree', named: code })
      if (id === null) throw invalidCode()
      const { codes, redemptions } = await readTree(db, { id, depth, limit: MOST + 1 })
      return {
        codes: codes.slice(0, MOST),
        redemptions: redemptions.slice(0, MOST),
        truncated: Math.max(codes.length, redemptions.length) > MOST,
      }
    },
  )

const RevokeTreeReply = RevokeReply.extend({
  dry_run: z.boolean(),
  revocation_id: z.int().nullable().describe('By which it can be undone; null on a dry run.'),
  revoked_at: z.iso.datetime().nullable(),
  already_revoked: z.int().optional().describe('On a dry run: codes that it would not end.'),
  uses: z.int().optional().describe('On a dry run: uses of all these codes, which stay.'),
  people: z.int().optional().describe('On a dry run: who made these uses.'),
})

export const revokeTreeRoute = (app: FastifyInstance, deps: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/:code/revoke-tree',
      operationId: 'revokeCodeTree',
      summary: 'Revoke a code and all that came of it; with dry_run, what that would touch',
      auth: key('invites:write'),
      params,
      body: z.strictObject({ reason: Reason, dry_run: z.boolean().default(false) }),
      replies: [200, RevokeTreeReply],
      errors: [invalidCode],
      idempotent: true,
    },
    async (asked) => {
      const target = { kind: 'tree' as const, named: asked.params.code }
      const { reason, dry_run } = asked.body
      if (dry_run) {
        const touched = await preview(deps.db, target)
        if (!touched) throw invalidCode()
        const none = { revocation_id: null, revoked_at: null }
        return { status: 'success' as const, dry_run, ...none, reason, ...touched }
      }
      const revoked = await revokeOnce(deps, asked, { target, unknown: invalidCode })
      return { status: 'success' as const, dry_run, ...revoked }
    },
  )
