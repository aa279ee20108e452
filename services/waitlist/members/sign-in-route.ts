import { visitor } from '@vobee/shared/auth/callers'
import { memberTokenReply, type SignToken } from '@vobee/shared/auth/members'
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { findOwner, takeLink } from '../mail/links.ts'
import { LinkToken, linkRefusals, ownerOf } from './link-errors.ts'

export type SignInDeps = { db: Database; once: Idempotent; signToken: SignToken }

export const signInRoute = (app: FastifyInstance, { db, once, signToken }: SignInDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/sign-in',
      operationId: 'signIn',
      summary: "Exchange a mailed link's token, once, for a member token",
      auth: visitor,
      body: z.strictObject({ token: LinkToken }),
      replies: [200, z.object(memberTokenReply)],
      errors: linkRefusals,
      idempotent: true,
    },
    async (asked) => {
      const owner = await once(asked, {
        run: async (connection) =>
          ownerOf(await takeLink(connection ?? db, asked.body.token, 'sign_in')),
        serialize: ({ entry_id }) => entry_id,
        replay: (entryId) => findOwner(db, entryId),
      })
      return signToken(owner)
    },
  )
