// Pausing and resuming by hand.

import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { evaluate } from './evaluate.ts'
import { type Deps, EvaluationReply, evaluationReply, nameOf } from './evaluation-reply.ts'

const YEAR_MS = 366 * 86_400_000

const isAhead = (time: string) => {
  const ms = Date.parse(time) - Date.now()
  return ms > 0 && ms <= YEAR_MS
}

const HandBody = z.strictObject({
  reason: text(500),
  until: z.iso
    .datetime({ offset: true, abort: true })
    .refine(isAhead, 'must lie ahead, by a year at most')
    .optional(),
})

const byHandRoute =
  (name: 'pause' | 'resume', act: 'paused' | 'resumed', summary: string) =>
  (app: FastifyInstance, { db, limits }: Deps) =>
    route(
      app,
      {
        method: 'POST',
        url: `/api/quality/${name}`,
        operationId: `${name}Invites`,
        summary,
        auth: key('quality:write'),
        body: HandBody,
        replies: [200, EvaluationReply],
      },
      async ({ body, caller, request }) => {
        const by = nameOf(caller)
        const audit = auditOf({ caller, request }, body.reason)
        const until = body.until ? new Date(body.until).toISOString() : null
        const hand = { act, by, reason: body.reason, until }
        return evaluationReply(await evaluate(db, limits, { name, by, hand, audit }))
      },
    )

export const pauseRoute = byHandRoute(
  'pause',
  'paused',
  'Pause invites, until resumed by hand or until a time',
)
export const resumeRoute = byHandRoute(
  'resume',
  'resumed',
  'Resume invites; holds for a while or until a figure gets worse',
)
