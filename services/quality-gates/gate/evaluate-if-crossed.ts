import type { Transaction } from '@vobee/shared/data/database'
import { alertsOf } from '../alerts/alert-rules.ts'
import { readAlerts } from '../alerts/open-alerts.ts'
import type { Thresholds } from '../config.ts'
import { readInputs } from '../metrics/inputs.ts'
import { rateMetricsOf, ratesOf } from '../metrics/rates.ts'
import { decide } from './decide.ts'
import { evaluate } from './evaluate.ts'
import { readGate } from './evaluations.ts'

type Severity = { metric: string; severity: string }

const severities = (alerts: readonly Severity[]) =>
  alerts
    .map(({ metric, severity }) => `${metric} ${severity}`)
    .sort()
    .join()

/** Evaluates the gate if a metric has crossed a threshold since the last evaluation. */
export const evaluateIfCrossed = async (db: Transaction, limits: Thresholds): Promise<void> => {
  const { at, open, ...state } = await readGate(db)
  const metrics = rateMetricsOf(await readInputs(db, at), limits)
  const isSame =
    decide(state, { at, metrics }, limits).open === open &&
    severities(alertsOf(ratesOf(metrics), limits)) === severities(await readAlerts(db))
  if (!isSame) await evaluate(db, limits, { name: 'events' })
}
