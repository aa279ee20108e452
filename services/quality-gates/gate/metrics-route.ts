import { callerName, key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Fraction, rateNames } from '../metrics/rates.ts'
import { evaluateOnce } from './evaluate-once.ts'
import { EvaluationReply, type GateDeps } from './evaluation-reply.ts'

export const MetricsBody = z
  .strictObject({
    churn_rate: Fraction.optional(),
    engagement_rate: Fraction.optional(),
    fraud_rate: Fraction.optional().describe(
      'Replaces the rate counted from referrals while the report is fresh.',
    ),
    window: text(50).optional().describe('The period that the rates cover.'),
  })
  .refine(
    (body) => rateNames.some((name) => body[name] !== undefined),
    `give at least one of ${rateNames.join(', ')}`,
  )

export const metricsRoute = (app: FastifyInstance, deps: GateDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/quality/metrics',
      operationId: 'reportMetrics',
      examples: { body: { churn_rate: 0.02, engagement_rate: 0.61 } },
      summary: 'Report metrics of your product; the gate is evaluated at once',
      auth: key('quality:write'),
      body: MetricsBody,
      replies: [200, EvaluationReply],
      idempotent: true,
    },
    async (input) => {
      const { window = null, ...rates } = input.body
      const by = callerName(input.caller)
      const occasion = { name: 'metrics', by, reports: { rates, window, by } } as const
      return evaluateOnce(deps, input, { ...occasion, audit: auditOf(input) })
    },
  )
