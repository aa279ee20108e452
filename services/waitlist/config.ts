import { gateSilence } from '@vobee/shared/gate'
import { databaseSettings, processSettings, secret } from '@vobee/shared/settings'
import { z } from 'zod'

export const WaitlistSettings = {
  ...processSettings(5010),
  ...databaseSettings,
  PERSON_KEY_SECRET: secret,
  PUBLIC_URL: z.url().default('http://localhost:8000'),
  GATE_SILENCE_MINUTES: gateSilence,
}
export type WaitlistSettings = z.infer<z.ZodObject<typeof WaitlistSettings>>
