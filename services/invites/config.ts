import { memberSettings } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import { databaseSettings, processSettings, publicUrl, toggle } from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { Prefix } from './codes/code-format.ts'

export const InvitesSettings = {
  ...processSettings(5011),
  ...databaseSettings,
  ...memberSettings,
  PUBLIC_URL: publicUrl,
  GATE_SILENCE_MINUTES: gateStaleness,
  CODE_PREFIX: Prefix.default('VOBEE-'),
  CODE_LENGTH: z.coerce.number().int().min(8).max(20).default(12),
  CODE_EXPIRATION_DAYS: z.coerce.number().int().min(1).max(3650).default(7),
  RATE_LIMITS: toggle(true),
  GUESSES_PER_ADDRESS: z.coerce.number().int().min(1).default(30),
  GUESSES_IN_ALL: z.coerce.number().int().min(1).default(3_000),
  GUESS_WINDOW_MINUTES: z.coerce.number().min(0.01).max(1_440).default(10),
}
export type InvitesSettings = z.infer<z.ZodObject<typeof InvitesSettings>>
