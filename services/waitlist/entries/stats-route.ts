import { visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { confirmations, type MailConfig } from '../mail/config.ts'
import { countEntries } from './stats.ts'

const StatsReply = z.object({
  total: z.int().describe('Everyone who ever joined and has not left.'),
  processed_today: z.int().describe('Released since midnight UTC.'),
  waiting: z.int(),
  invited: z.int(),
  mail: z.enum(['on', 'off']).describe('Whether mail is sent from here.'),
  confirmation: z
    .enum(confirmations)
    .describe('What confirming is good for: credit for who sent them, their own place as well.'),
})

export const statsRoute = (app: FastifyInstance, db: Database, terms: MailConfig) => {
  const { confirmation } = terms
  const mail = terms.smtpUrl ? ('on' as const) : ('off' as const)
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/stats',
      operationId: 'getWaitlistStats',
      summary: 'How many joined, wait and were invited',
      auth: visitor,
      replies: [200, StatsReply],
    },
    async () => ({ ...(await countEntries(db)), mail, confirmation }),
  )
}
