import { memberSettings } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import { databaseSettings, processSettings, retention, toggle } from '@vobee/shared/ops/settings'
import { referralCodeLength } from '@vobee/shared/referral-code'
import { z } from 'zod'
import { mailSettings } from './mail/config.ts'

export const WaitlistSettings = {
  ...processSettings(5010),
  ...databaseSettings,
  ...memberSettings,
  ...mailSettings,
  GATE_SILENCE_MINUTES: gateStaleness,
  RATE_LIMITS: toggle(true),
  LINKS_PER_ADDRESS: z.coerce.number().int().min(1).default(30),
  WAVE_DETAILS_DAYS: retention(365),
  REFERRAL_CODE_LENGTH: referralCodeLength,
  JOINS_WAITING: z.coerce.number().int().min(1).max(100_000).default(1_024),
  DISPOSABLE_EMAILS: z.enum(['refuse', 'score', 'allow']).default('score'),
}
export type WaitlistSettings = z.infer<z.ZodObject<typeof WaitlistSettings>>
