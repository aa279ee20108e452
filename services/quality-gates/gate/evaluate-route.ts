import { callerName, key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { evaluate } from './evaluate.ts'
import { EvaluationReply, evaluationReply, type GateDeps } from './evaluation-reply.ts'

export const evaluateRoute = (app: FastifyInstance, { db, limits }: GateDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/quality/evaluate-gate',
      operationId: 'evaluateGate',
      summary: 'Evaluate the gate now',
      auth: key('quality:write'),
      body: z.strictObject({}),
      replies: [200, EvaluationReply],
    },
    async (input) => {
      const occasion = {
        name: 'asked',
        by: callerName(input.caller),
        audit: auditOf(input),
      } as const
      return evaluationReply(await evaluate(db, limits, occasion))
    },
  )
