import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { rateNames } from '../metrics/metrics.ts'
import { evaluate } from './evaluate.ts'
import { type Deps, EvaluationReply, evaluationReply, nameOf, Share } from './evaluation-reply.ts'

export const MetricsBody = z
  .strictObject({
    churn_rate: Share.optional(),
    engagement_rate: Share.optional(),
    fraud_rate: Share.optional().describe('Wins over what the referrals say while it is fresh.'),
    window: text(50).optional().describe('What the figures were measured over.'),
  })
  .refine(
    (body) => rateNames.some((name) => body[name] !== undefined),
    `give at least one of ${rateNames.join(', ')}`,
  )

export const metricsRoute = (app: FastifyInstance, { db, limits }: Deps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/quality/metrics',
      operationId: 'reportMetrics',
      examples: { body: { churn_rate: 0.02, engagement_rate: 0.61 } },
      summary: 'Report figures of the product; the gate is evaluated at once',
      auth: key('quality:write'),
      body: MetricsBody,
      replies: [200, EvaluationReply],
    },
    async ({ body: { window = null, ...rates }, caller, request }) => {
      const by = nameOf(caller)
      const reports = { rates, window, by }
      const audit = auditOf({ caller, request })
      return evaluationReply(await evaluate(db, limits, { name: 'metrics', by, reports, audit }))
    },
  )
