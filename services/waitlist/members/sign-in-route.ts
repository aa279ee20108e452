import { visitor } from '@vobee/shared/auth/callers'
import { memberTokenReply, type SignToken } from '@vobee/shared/auth/members'
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { consumeLink, findOwner } from '../mail/links.ts'
import { LinkToken, linkErrors, ownerOf } from './link-token.ts'

export type SignInDeps = { db: Database; idempotent: Idempotent; signToken: SignToken }

export const signInRoute = (app: FastifyInstance, { db, idempotent, signToken }: SignInDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/sign-in',
      operationId: 'signIn',
      summary: "Exchange a mailed link's token for a member token",
      auth: visitor,
      body: z.strictObject({ token: LinkToken }),
      replies: [200, z.object(memberTokenReply)],
      errors: linkErrors,
      idempotent: true,
    },
    async (input) => {
      const owner = await idempotent(input, {
        run: async (connection) =>
          ownerOf(await consumeLink(connection ?? db, input.body.token, 'sign_in')),
        serialize: ({ entry_id }) => entry_id,
        replay: (entryId) => findOwner(db, entryId),
      })
      return signToken(owner)
    },
  )
