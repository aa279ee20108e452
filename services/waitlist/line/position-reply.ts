import { z } from 'zod'
import { statuses } from './statuses.ts'

export const ScoreParts = z
  .object({ answers: z.int(), referrals: z.int(), adjusted: z.int() })
  .describe('The parts that add up to the score.')

export const PositionReply = z.object({
  status: z.enum(statuses),
  position: z.int().min(1).nullable().describe('Null unless waiting.'),
  total_waiting: z.int(),
  score: z.int(),
  score_parts: ScoreParts,
  referrals: z.int().describe('Referrals that counted.'),
  estimated_wait: z.string().nullable().describe('Null unless waiting.'),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  invites_paused: z.boolean(),
})
