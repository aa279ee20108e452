import { memberSettings } from '@vobee/shared/auth/member-settings'
import { databaseSettings, processSettings } from '@vobee/shared/ops/settings'
import { z } from 'zod'

/** The documented thresholds. Each is a setting of the same name. */
export const documented = {
  TRUST_PAUSE: 0.7,
  CHURN_PAUSE: 0.2,
  FRAUD_PAUSE: 0.05,
  TRUST_RESUME: 0.8,
  CHURN_RESUME: 0.15,
  TRUST_WARNING: 0.8,
  CHURN_WARNING: 0.15,
  FRAUD_WARNING: 0.02,
  ENGAGEMENT_WARNING: 0.5,
  ENGAGEMENT_CRITICAL: 0.3,
  RESUME_HOLD_MINUTES: 60,
  FRAUD_FRESH_HOURS: 24,
}
export type Thresholds = Record<keyof typeof documented, number>

const share = (value: number) => z.coerce.number().min(0).max(1).default(value)

export const QualityGatesSettings = {
  ...processSettings(5013),
  ...databaseSettings,
  ...memberSettings,
  TRUST_PAUSE: share(documented.TRUST_PAUSE),
  CHURN_PAUSE: share(documented.CHURN_PAUSE),
  FRAUD_PAUSE: share(documented.FRAUD_PAUSE),
  TRUST_RESUME: share(documented.TRUST_RESUME),
  CHURN_RESUME: share(documented.CHURN_RESUME),
  TRUST_WARNING: share(documented.TRUST_WARNING),
  CHURN_WARNING: share(documented.CHURN_WARNING),
  FRAUD_WARNING: share(documented.FRAUD_WARNING),
  ENGAGEMENT_WARNING: share(documented.ENGAGEMENT_WARNING),
  ENGAGEMENT_CRITICAL: share(documented.ENGAGEMENT_CRITICAL),
  RESUME_HOLD_MINUTES: z.coerce.number().min(1).max(10_080).default(documented.RESUME_HOLD_MINUTES),
  FRAUD_FRESH_HOURS: z.coerce.number().min(0.01).max(8_760).default(documented.FRAUD_FRESH_HOURS),
  HISTORY_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
}
export type QualityGatesSettings = z.infer<z.ZodObject<typeof QualityGatesSettings>>
