import { member, requireMember } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notWaiting, unknownEntry } from '../errors.ts'
import { leave } from './leave.ts'

export type LeaveDeps = { db: Database; idempotent: Idempotent }

/** Most requests that wait: each searches all queued mails. */
const WAITING = 64

export const leaveRoute = (app: FastifyInstance, { db, idempotent }: LeaveDeps) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/leave',
      operationId: 'leaveWaitlist',
      summary: 'Leave the waitlist. If you join again, you start over',
      auth: member,
      replies: [200, z.object({ status: z.literal('success') })],
      errors: [unknownEntry, notWaiting, overloaded],
      idempotent: true,
    },
    async (input) => {
      const { person } = requireMember(input.caller)
      const action = storingReply(async (connection) => {
        const status = await transaction(connection ?? db, (on) => leave(on, person))
        if (status === null) throw unknownEntry()
        if (status === 'removed') throw notWaiting('An admin removed this entry. It stays removed.')
        return { status: 'success' as const }
      })
      return idempotent(input, { ...action, mutex: oneAtATime })
    },
  )
}
