import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { AlertReply } from './alert-reply.ts'
import { readAlerts } from './open-alerts.ts'

const AlertsReply = z.object({ alerts: z.array(AlertReply), count: z.int() })

export const alertsRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/quality/alerts',
      operationId: 'listAlerts',
      summary: 'List the open alerts',
      auth: key('quality:read'),
      replies: [200, AlertsReply],
    },
    async () => {
      const alerts = await readAlerts(db)
      return { alerts, count: alerts.length }
    },
  )
