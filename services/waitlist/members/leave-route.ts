import { member, requireMember } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
import { retry } from '@vobee/shared/data/retry'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notWaiting, unknownEntry } from '../errors.ts'
import { leave } from './leave.ts'

export type LeaveDeps = { db: Database; once: Idempotent }

/** Most who wait for their turn: the mails of who leaves are looked for among all. */
const WAITING = 64

export const leaveRoute = (app: FastifyInstance, { db, once }: LeaveDeps) => {
  const turn = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/leave',
      operationId: 'leaveWaitlist',
      summary: 'Leave the waitlist; who joins again is new',
      auth: member,
      replies: [200, z.object({ status: z.literal('success') })],
      errors: [unknownEntry, notWaiting, overloaded],
      idempotent: true,
    },
    async (asked) => {
      const { person } = requireMember(asked.caller)
      const act = storingReply(async (connection) => {
        const was = await (connection
          ? leave(connection, person)
          : retry(() => transaction(db, (turn) => leave(turn, person))))
        if (was === null) throw unknownEntry()
        if (was === 'removed') throw notWaiting('Who was removed stays so.')
        return { status: 'success' as const }
      })
      return once(asked, { ...act, mutex: turn })
    },
  )
}
