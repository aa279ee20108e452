// The settings of fraud scores.
import { json } from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { Weights } from './weights.ts'

export const FraudSettings = {
  FRAUD_HOLD: z.coerce.number().int().min(1).max(100).default(60),
  FRAUD_WEIGHTS: json(Weights, {}),
}
export type FraudSettings = z.infer<z.ZodObject<typeof FraudSettings>>
