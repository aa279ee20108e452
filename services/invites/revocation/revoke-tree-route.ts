// Revoking a code and its tree.
import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { invalidCode } from '../errors.ts'
import { previewRevocation } from './preview.ts'
import { Reason, RevokeReply, revokeOnce } from './revoke-routes.ts'

const RevokeTreeReply = RevokeReply.extend({
  dry_run: z.boolean(),
  revocation_id: z
    .int()
    .nullable()
    .describe('The id with which you can undo it; null on a dry run.'),
  revoked_at: z.iso.datetime().nullable(),
  already_revoked: z.int().optional().describe('On a dry run: codes that are already revoked.'),
  uses: z.int().optional().describe('On a dry run: uses of all these codes, which stay.'),
  people: z.int().optional().describe('On a dry run: people who used these codes.'),
})

export const revokeTreeRoute = (app: FastifyInstance, deps: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/:code/revoke-tree',
      operationId: 'revokeCodeTree',
      summary: 'Revoke a code and its tree; with dry_run, return what that would revoke',
      auth: key('invites:write'),
      params: z.strictObject({ code: GivenCode }),
      body: z.strictObject({ reason: Reason, dry_run: z.boolean().default(false) }),
      replies: [200, RevokeTreeReply],
      errors: [invalidCode],
      idempotent: true,
    },
    async (input) => {
      const target = { kind: 'tree' as const, name: input.params.code }
      const { reason, dry_run } = input.body
      if (dry_run) {
        const preview = await previewRevocation(deps.db, target)
        if (!preview) throw invalidCode()
        const none = { revocation_id: null, revoked_at: null }
        return { status: 'success' as const, dry_run, ...none, reason, ...preview }
      }
      const revocation = await revokeOnce(deps, input, { target, unknown: invalidCode })
      return { status: 'success' as const, dry_run, ...revocation }
    },
  )
