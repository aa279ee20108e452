import { gateSilence } from '@vobee/shared/gate'
import { databaseSettings, processSettings, publicUrl, secret } from '@vobee/shared/settings'
import type { z } from 'zod'

export const WaitlistSettings = {
  ...processSettings(5010),
  ...databaseSettings,
  PERSON_KEY_SECRET: secret,
  PUBLIC_URL: publicUrl,
  GATE_SILENCE_MINUTES: gateSilence,
}
export type WaitlistSettings = z.infer<z.ZodObject<typeof WaitlistSettings>>
