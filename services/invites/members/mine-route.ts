import { member, requireMember } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { inviteLink } from '@vobee/shared/invite-link'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { codeStatuses } from '../codes/code-status.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { listOwnCodes } from './own-codes.ts'

const MineReply = z.object({
  codes: z
    .array(
      z.object({
        code: z.string(),
        status: z.enum(codeStatuses),
        expires_at: z.iso.datetime().nullable().describe('Null: never.'),
        remaining_uses: z.int().nullable().describe('Null: unlimited. 0 unless active.'),
        earned: z
          .boolean()
          .describe('True: earned by referrals, to give away. False: issued to the member.'),
        link: z.url().describe('The page where the code is redeemed.'),
      }),
    )
    .describe('Issued to the member or earned by them, newest first; at most 500.'),
})

export const mineRoute = (app: FastifyInstance, { db, publicUrl }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/mine',
      operationId: 'listOwnCodes',
      summary: "List the member's own codes",
      auth: member,
      replies: [200, MineReply],
    },
    async ({ caller }) => {
      const codes = await listOwnCodes(db, requireMember(caller).person)
      return { codes: codes.map((own) => ({ ...own, link: inviteLink(publicUrl, own.code) })) }
    },
  )
