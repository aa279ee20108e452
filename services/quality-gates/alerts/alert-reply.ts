import { z } from 'zod'
import { Fraction } from '../metrics/rates.ts'

export const AlertReply = z.object({
  id: z.uuid(),
  severity: z.enum(['warning', 'critical']),
  message: z.string(),
  metric: z.enum(['churn_rate', 'fraud_rate', 'engagement_rate', 'trust_score']),
  value: Fraction,
  threshold: Fraction,
  timestamp: z.iso.datetime().describe('When the alert was opened.'),
})
