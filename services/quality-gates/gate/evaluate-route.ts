import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { evaluate } from './evaluate.ts'
import { type Deps, EvaluationReply, evaluationReply, nameOf } from './evaluation-reply.ts'

export const evaluateGateRoute = (app: FastifyInstance, { db, limits }: Deps) =>
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
    async ({ caller, request }) => {
      const audit = auditOf({ caller, request })
      const occasion = { name: 'asked', by: nameOf(caller), audit } as const
      return evaluationReply(await evaluate(db, limits, occasion))
    },
  )
