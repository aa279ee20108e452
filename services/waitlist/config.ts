import { gateSilence } from '@vobee/shared/gate'
import { databaseSettings, processSettings, publicUrl, secret } from '@vobee/shared/settings'
import { z } from 'zod'

export const WaitlistSettings = {
  ...processSettings(5010),
  ...databaseSettings,
  PERSON_KEY_SECRET: secret,
  PUBLIC_URL: publicUrl,
  GATE_SILENCE_MINUTES: gateSilence,
  JOINS_WAITING: z.coerce.number().int().min(1).max(100_000).default(1_024),
  DISPOSABLE_EMAILS: z.enum(['refuse', 'score', 'allow']).default('score'),
}
export type WaitlistSettings = z.infer<z.ZodObject<typeof WaitlistSettings>>
