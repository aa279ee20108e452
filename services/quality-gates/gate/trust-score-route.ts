import { visitor } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notEvaluated } from '../errors.ts'
import { readInputs } from '../metrics/inputs.ts'
import { figuresOf } from '../metrics/metrics.ts'
import { type Deps, Share } from './evaluation-reply.ts'
import { readState } from './evaluations.ts'
import { assess, healthStatuses } from './health.ts'

const TrustScoreReply = z.object({
  trust_score: Share,
  churn_rate: Share,
  fraud_rate: Share,
  engagement_rate: Share,
  invites_paused: z.boolean(),
  health_status: z.enum(healthStatuses),
})

export const trustScoreRoute = (app: FastifyInstance, { db, limits }: Deps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/quality/trust-score',
      operationId: 'getTrustScore',
      summary: 'How healthy the launch is',
      auth: visitor,
      replies: [200, TrustScoreReply],
      errors: [notEvaluated],
    },
    async () => {
      const { open, evaluated_at, at } = await readState(db)
      if (!evaluated_at) throw notEvaluated(undefined, { headers: { 'retry-after': '1' } })
      const figures = figuresOf(await readInputs(db, at), limits)
      const { rates, trust_score, health_status } = assess(figures, open, limits)
      return { trust_score, ...rates, invites_paused: !open, health_status }
    },
  )
