// Manual pause and resume.
import { callerName, key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { evaluateOnce } from './evaluate-once.ts'
import { EvaluationReply, type GateDeps } from './evaluation-reply.ts'

const ManualBody = z.strictObject({
  reason: text(500),
  until: z.iso.datetime({ offset: true }).optional().describe('A time within a year.'),
})

type ManualRoute = { name: 'pause' | 'resume'; act: 'paused' | 'resumed'; summary: string }

const manualRoute =
  ({ name, act, summary }: ManualRoute) =>
  (app: FastifyInstance, deps: GateDeps) =>
    route(
      app,
      {
        method: 'POST',
        url: `/api/quality/${name}`,
        operationId: `${name}Invites`,
        summary,
        auth: key('quality:write'),
        body: ManualBody,
        replies: [200, EvaluationReply],
        idempotent: true,
      },
      async (input) => {
        const { reason, until } = input.body
        const by = callerName(input.caller)
        const end = until ? new Date(until).toISOString() : null
        const manual = { act, by, reason, until: end }
        const audit = auditOf(input, reason)
        return evaluateOnce(deps, input, { name, by, manual, audit })
      },
    )

export const pauseRoute = manualRoute({
  name: 'pause',
  act: 'paused',
  summary: 'Pause invites until a resume, or until a time',
})
export const resumeRoute = manualRoute({
  name: 'resume',
  act: 'resumed',
  summary: 'Resume invites until a time, or until a rate gets worse',
})
