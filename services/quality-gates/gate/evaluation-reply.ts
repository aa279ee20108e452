// What an evaluation answers, whoever asked for it.
import type { Caller } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { z } from 'zod'
import type { Thresholds } from '../config.ts'
import { type Figure, volumesOf } from '../metrics/metrics.ts'
import type { ByHand } from './decide.ts'
import type { Evaluation } from './evaluate.ts'
import { healthStatuses } from './health.ts'

export type Deps = { db: Database; limits: Thresholds }

/** The name of the key that calls. */
export const nameOf = (caller: Caller) => (caller.kind === 'key' ? caller.name : caller.kind)

export const Share = z.number().min(0).max(1)

export const AlertReply = z.object({
  id: z.uuid(),
  severity: z.enum(['warning', 'critical']),
  message: z.string(),
  metric: z.enum(['churn_rate', 'fraud_rate', 'engagement_rate', 'trust_score']),
  value: Share,
  threshold: Share,
  timestamp: z.iso.datetime().describe('When it was opened.'),
})

const Source = z.object({
  source: z
    .enum(['reported', 'events', 'assumed'])
    .describe('By the host; counted from events; or assumed, because nobody said.'),
  window: z.string().nullable().describe('What it was measured over, where that is known.'),
  reported_at: z.iso.datetime().nullable(),
  age_seconds: z.number().nullable(),
})

/** The same schema for every figure, by name. */
const byName = <Rate extends z.ZodType, Count extends z.ZodType>(rate: Rate, count: Count) =>
  z.object({
    churn_rate: rate,
    fraud_rate: rate,
    engagement_rate: rate,
    joins: count,
    codes_issued: count,
    codes_redeemed: count,
    codes_revoked: count,
    codes_expired: count,
    codes_used_up: count,
    referrals_credited: count,
  })

export const EvaluationReply = z.object({
  invites_allowed: z.boolean(),
  trust_score: Share,
  metrics: byName(Share, z.int().describe('In the last seven days (UTC), today among them.')),
  alerts: z.array(AlertReply),
  reasons: z.array(z.string()).describe('Why invites are paused; empty while they are allowed.'),
  health_status: z.enum(healthStatuses),
  by_hand: z
    .object({
      act: z.enum(['paused', 'resumed']),
      reason: z.string(),
      by: z.string().describe('The name of the key.'),
      until: z.iso.datetime().nullable(),
    })
    .nullable(),
  sources: byName(Source, Source).describe('Where each of the metrics comes from.'),
  evaluated_at: z.iso.datetime(),
})

const shownHand = ({ act, reason, by, until }: ByHand) => ({ act, reason, by, until })

const sourceOf = ({ source, window, reported_at }: Figure, at: string) => ({
  source,
  window,
  reported_at,
  age_seconds:
    reported_at === null ? null : Math.max(0, Date.parse(at) - Date.parse(reported_at)) / 1000,
})

const mapped = <Name extends string, T>(all: Record<Name, Figure>, change: (one: Figure) => T) =>
  Object.fromEntries(
    Object.entries<Figure>(all).map(([name, figure]) => [name, change(figure)]),
  ) as Record<Name, T>

export const evaluationReply = (evaluation: Evaluation): z.input<typeof EvaluationReply> => {
  const { inputs, decision } = evaluation
  const { by_hand } = decision
  const all = { ...evaluation.figures, ...volumesOf(inputs) }
  return {
    invites_allowed: decision.open,
    trust_score: evaluation.trust_score,
    metrics: mapped(all, (figure) => figure.value),
    alerts: evaluation.alerts,
    reasons: decision.reasons,
    health_status: evaluation.health_status,
    by_hand: by_hand && shownHand(by_hand),
    sources: mapped(all, (figure) => sourceOf(figure, inputs.at)),
    evaluated_at: inputs.at,
  }
}
