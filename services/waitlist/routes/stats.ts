import { visitor } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { countEntries } from '../queries/entries.ts'

const StatsReply = z.object({
  total: z.int().describe('Everyone who ever joined and has not left.'),
  processed_today: z.int().describe('Released since midnight UTC.'),
  waiting: z.int(),
  invited: z.int(),
  mail: z.enum(['on', 'off']).describe('Whether mail is sent from here.'),
})

export const statsRoute = (app: FastifyInstance, db: Database, sendsMail: boolean) => {
  const mail = sendsMail ? ('on' as const) : ('off' as const)
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/stats',
      summary: 'How many joined, wait and were invited',
      admits: visitor,
      replies: [200, StatsReply],
    },
    async () => ({ ...(await countEntries(db)), mail }),
  )
}
