import { member, memberCalling } from '@vobee/shared/callers'
import { type Database, transaction } from '@vobee/shared/database'
import { keepingAnswer, type Once } from '@vobee/shared/idempotency'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notWaiting, unknownEntry } from '../errors.ts'
import { untilDone } from '../queries/again.ts'
import { leave } from '../queries/leaving.ts'

export type LeaveDeps = { db: Database; once: Once }

export const leaveRoute = (app: FastifyInstance, { db, once }: LeaveDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/leave',
      summary: 'Leave the waitlist; who joins again is new',
      admits: member,
      replies: [200, z.object({ status: z.literal('success') })],
      refuses: [unknownEntry, notWaiting],
      idempotent: true,
    },
    async (asked) => {
      const { person } = memberCalling(asked.caller)
      const act = keepingAnswer(async (connection) => {
        const was = await (connection
          ? leave(connection, person)
          : untilDone(() => transaction(db, (turn) => leave(turn, person))))
        if (was === null) throw unknownEntry()
        if (was === 'removed') throw notWaiting('Who was removed stays so.')
        return { status: 'success' as const }
      })
      return once(asked, act)
    },
  )
