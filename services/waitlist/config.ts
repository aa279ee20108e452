import { memberSettings } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import { databaseSettings, processSettings, publicUrl, toggle } from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { confirmations } from './mail-terms.ts'

const sender = /^([^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/

export const WaitlistSettings = {
  ...processSettings(5010),
  ...databaseSettings,
  ...memberSettings,
  PUBLIC_URL: publicUrl,
  GATE_SILENCE_MINUTES: gateStaleness,
  RATE_LIMITS: toggle(true),
  LINKS_PER_ADDRESS: z.coerce.number().int().min(1).default(30),
  JOINS_WAITING: z.coerce.number().int().min(1).max(100_000).default(1_024),
  DISPOSABLE_EMAILS: z.enum(['refuse', 'score', 'allow']).default('score'),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().regex(sender, 'must be an address, or a name and <an address>').optional(),
  CONFIRMATION: z.enum(confirmations).optional(),
}
export type WaitlistSettings = z.infer<z.ZodObject<typeof WaitlistSettings>>
