import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import { inviteLink } from '@vobee/shared/invite-link'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { codeStatuses } from '../codes/code-status.ts'
import { ownCodes } from './own-codes.ts'

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
          .describe('By bringing others, to be given away; else issued to the member.'),
        link: z.url().describe('Where the code is redeemed.'),
      }),
    )
    .describe('Issued to the member or earned by them, newest first; at most 500.'),
})

export type MineDeps = { db: Database; publicUrl: string }

export const mineRoute = (app: FastifyInstance, { db, publicUrl }: MineDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/mine',
      operationId: 'listOwnCodes',
      summary: "A member's own codes",
      auth: member,
      replies: [200, MineReply],
    },
    async ({ caller }) => {
      const codes = await ownCodes(db, requireMember(caller).person)
      return { codes: codes.map((own) => ({ ...own, link: inviteLink(publicUrl, own.code) })) }
    },
  )
