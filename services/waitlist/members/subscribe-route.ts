import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownEntry } from '../errors.ts'
import { subscribe } from './subscription.ts'

const SubscribeReply = z.object({ status: z.literal('success'), mail: z.literal('on') })

export const subscribeRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/subscribe',
      operationId: 'subscribeToMail',
      summary: 'Subscribe to mail again',
      auth: member,
      replies: [200, SubscribeReply],
      errors: [unknownEntry],
    },
    async ({ caller }) => {
      if (!(await subscribe(db, requireMember(caller).person))) throw unknownEntry()
      return { status: 'success', mail: 'on' } as const
    },
  )
