import { memberSettings } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import { databaseSettings, processSettings, toggle } from '@vobee/shared/ops/settings'
import { z } from 'zod'

export const ReferralsSettings = {
  ...processSettings(5012),
  ...databaseSettings,
  ...memberSettings,
  GATE_SILENCE_MINUTES: gateStaleness,
  REFERRAL_CODE_EXPIRATION_DAYS: z.coerce.number().int().min(1).max(36_500).default(365),
  SHARES_PER_DAY: z.coerce.number().int().min(1).max(100_000).default(50),
  ENABLE_AUTOMATION_WORKER: toggle(true),
}
export type ReferralsSettings = z.infer<z.ZodObject<typeof ReferralsSettings>>
