import { hasScope, visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { confirmations, type MailConfig } from '../mail/config.ts'
import { countByStatus, countEntries } from './stats.ts'

const StatsReply = z.object({
  total: z.int().describe('Entries on the list, in any status.'),
  processed_today: z.int().describe('Entries released since midnight UTC.'),
  waiting: z.int(),
  invited: z.int().describe('Released so far, redeemed ones included.'),
  mail: z.enum(['on', 'off']).describe('Whether the service sends mail.'),
  confirmation: z
    .enum(confirmations)
    .describe(
      'What needs a confirmed address: nothing, credit for the referrer, or a position too.',
    ),
  by_status: z
    .object({
      pending: z.int(),
      waiting: z.int(),
      invited: z.int(),
      redeemed: z.int(),
      removed: z.int(),
    })
    .optional()
    .describe('With a key (`waitlist:read`): the entries that have each status now.'),
  confirmed: z
    .int()
    .optional()
    .describe('With a key (`waitlist:read`): entries with a confirmed address, in any status.'),
})

export type StatsDeps = { db: Database; mail: MailConfig }

export const statsRoute = (app: FastifyInstance, deps: StatsDeps) => {
  const { smtpUrl, confirmation } = deps.mail
  const mail = smtpUrl ? ('on' as const) : ('off' as const)
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/stats',
      operationId: 'getWaitlistStats',
      summary: 'Count the entries',
      auth: visitor,
      replies: [200, StatsReply],
    },
    async ({ caller }) => {
      const isKnown = hasScope(caller, 'waitlist:read')
      const [stats, more] = await Promise.all([
        countEntries(deps.db),
        isKnown ? countByStatus(deps.db) : {},
      ])
      return { ...stats, mail, confirmation, ...more }
    },
  )
}
