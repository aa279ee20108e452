import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Fraction } from '../metrics/rates.ts'
import { healthStatuses } from './health.ts'
import { type Key, readHistory } from './history.ts'

const HistoryQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

const Evaluation = z.object({
  evaluated_at: z.iso.datetime(),
  occasion: z
    .string()
    .describe(
      'start, clock (scheduled), events (a metric crossed a threshold), asked, metrics, pause or resume.',
    ),
  by: z.string().nullable().describe('The name of the key that caused it.'),
  reason: z.string().nullable().describe('The reason for a manual pause or resume.'),
  invites_allowed: z.boolean(),
  reasons: z.array(z.string()),
  trust_score: Fraction,
  churn_rate: Fraction,
  fraud_rate: Fraction,
  engagement_rate: Fraction,
  health_status: z.enum(healthStatuses),
})

const HistoryReply = z.object({ evaluations: z.array(Evaluation), count: z.int() })

export const historyRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/quality/history',
      operationId: 'listEvaluations',
      summary: 'List the latest evaluations, newest first, or all as a file',
      auth: key('quality:read'),
      query: HistoryQuery,
      replies: [200, HistoryReply],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const read = (before: Key | null, limit = FILE_PAGE) => readHistory(db, { before, limit })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Evaluation.shape), allPages(read))
      const { page: evaluations } = await read(null, query.limit)
      return { evaluations, count: evaluations.length }
    },
  )
