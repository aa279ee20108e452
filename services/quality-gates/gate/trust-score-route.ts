import { visitor } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notEvaluated } from '../errors.ts'
import { readInputs } from '../metrics/inputs.ts'
import { Fraction, rateMetricsOf } from '../metrics/rates.ts'
import type { GateDeps } from './evaluation-reply.ts'
import { readGate } from './evaluations.ts'
import { assess, healthStatuses } from './health.ts'

const TrustScoreReply = z.object({
  trust_score: Fraction,
  churn_rate: Fraction,
  fraud_rate: Fraction,
  engagement_rate: Fraction,
  invites_paused: z.boolean(),
  health_status: z.enum(healthStatuses),
})

export const trustScoreRoute = (app: FastifyInstance, { db, limits }: GateDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/quality/trust-score',
      operationId: 'getTrustScore',
      summary: 'Get the trust score and the health of the launch',
      auth: visitor,
      replies: [200, TrustScoreReply],
      errors: [notEvaluated],
    },
    async () => {
      const { open, evaluated_at, at } = await readGate(db)
      if (!evaluated_at) throw notEvaluated(undefined, { headers: { 'retry-after': '1' } })
      const metrics = rateMetricsOf(await readInputs(db, at), limits)
      const { rates, trust_score, health_status } = assess(metrics, open, limits)
      return { trust_score, ...rates, invites_paused: !open, health_status }
    },
  )
