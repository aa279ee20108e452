import { memberSettings } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import { databaseSettings, processSettings, retention } from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { type CodeTerms, Prefix } from './codes/code-format.ts'
import { guessSettings } from './codes/guesses/guess-limit.ts'

export const InvitesSettings = {
  ...processSettings(5011),
  ...databaseSettings,
  ...memberSettings,
  ...guessSettings,
  GATE_SILENCE_MINUTES: gateStaleness,
  CODE_PREFIX: Prefix.default('VOBEE-'),
  CODE_LENGTH: z.coerce.number().int().min(8).max(20).default(12),
  CODE_EXPIRATION_DAYS: z.coerce.number().int().min(1).max(3650).default(7),
  CODE_DETAILS_DAYS: retention(365),
}
export type InvitesSettings = z.infer<z.ZodObject<typeof InvitesSettings>>

export const codeTerms = (settings: InvitesSettings): CodeTerms => ({
  format: { prefix: settings.CODE_PREFIX, length: settings.CODE_LENGTH },
  days: settings.CODE_EXPIRATION_DAYS,
})
