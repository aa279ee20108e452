// The reply of every route that evaluates the gate.
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import { z } from 'zod'
import { AlertReply } from '../alerts/alert-reply.ts'
import type { Thresholds } from '../config.ts'
import { Fraction, type Metric } from '../metrics/rates.ts'
import { totalsOf } from '../metrics/totals.ts'
import type { ManualState } from './decide.ts'
import type { Evaluation } from './evaluate.ts'
import { healthStatuses } from './health.ts'

export type GateDeps = { db: Database; limits: Thresholds; idempotent: Idempotent }

const Source = z
  .object({
    source: z
      .enum(['reported', 'events', 'assumed'])
      .describe('Reported by the host, counted from events, or assumed because nothing is known.'),
    window: z.string().nullable().describe('The period that the metric covers, if known.'),
    reported_at: z.iso.datetime().nullable(),
    age_seconds: z.number().nullable(),
  })
  .meta({ id: 'MetricSource' })

/** Returns an object with one schema for each rate and one for each total. */
const byName = <Rate extends z.ZodType, Total extends z.ZodType>(rate: Rate, total: Total) =>
  z.object({
    churn_rate: rate,
    fraud_rate: rate,
    engagement_rate: rate,
    joins: total,
    codes_issued: total,
    codes_redeemed: total,
    codes_revoked: total,
    codes_expired: total,
    codes_used_up: total,
    referrals_credited: total,
  })

export const EvaluationReply = z
  .object({
    invites_allowed: z.boolean(),
    trust_score: Fraction,
    metrics: byName(Fraction, z.int().describe('In the last seven days (UTC), today included.')),
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
      .nullable()
      .describe('The manual pause or resume that is in force.'),
    sources: byName(Source, Source).describe('The source of each metric.'),
    evaluated_at: z.iso.datetime(),
  })
  .meta({ id: 'Evaluation' })

const withoutRates = ({ act, reason, by, until }: ManualState) => ({ act, reason, by, until })

const sourceOf = ({ source, window, reported_at }: Metric, at: string) => ({
  source,
  window,
  reported_at,
  age_seconds:
    reported_at === null ? null : Math.max(0, Date.parse(at) - Date.parse(reported_at)) / 1000,
})

const mapValues = <Name extends string, T>(
  metrics: Record<Name, Metric>,
  change: (metric: Metric) => T,
) =>
  Object.fromEntries(
    Object.entries<Metric>(metrics).map(([name, metric]) => [name, change(metric)]),
  ) as Record<Name, T>

export const evaluationReply = (evaluation: Evaluation): z.input<typeof EvaluationReply> => {
  const { inputs, decision } = evaluation
  const { by_hand } = decision
  const metrics = { ...evaluation.metrics, ...totalsOf(inputs) }
  return {
    invites_allowed: decision.open,
    trust_score: evaluation.trust_score,
    metrics: mapValues(metrics, (metric) => metric.value),
    alerts: evaluation.alerts,
    reasons: decision.reasons,
    health_status: evaluation.health_status,
    by_hand: by_hand && withoutRates(by_hand),
    sources: mapValues(metrics, (metric) => sourceOf(metric, inputs.at)),
    evaluated_at: inputs.at,
  }
}
