// Whether mail is sent, its sender, and what a confirmed address is needed for.
import { SettingsError, smtpUrl } from '@vobee/shared/ops/settings'
import { z } from 'zod'

/** `credit`: a referral counts once it is confirmed; `place`: an entry waits once it is confirmed. */
export const confirmations = ['off', 'credit', 'place'] as const
export type Confirmation = (typeof confirmations)[number]

export type MailConfig = {
  /** Null if no mail is sent. */
  smtpUrl: string | null
  from: string
  confirmation: Confirmation
}

const sender = /^([^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/

export const mailSettings = {
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: z.string().regex(sender, 'must be an address, or a name and <an address>').optional(),
  CONFIRMATION: z.enum(confirmations).optional(),
}

type Settings = z.infer<z.ZodObject<typeof mailSettings>> & { PUBLIC_URL: string }

/** @throws SettingsError if CONFIRMATION needs mail and SMTP_URL is not set. */
export const mailConfig = (settings: Settings): MailConfig => {
  const { SMTP_URL, MAIL_FROM, CONFIRMATION, PUBLIC_URL } = settings
  if (!SMTP_URL && CONFIRMATION && CONFIRMATION !== 'off') {
    throw new SettingsError([`SMTP_URL: is not set, and CONFIRMATION=${CONFIRMATION} needs it`])
  }
  return {
    smtpUrl: SMTP_URL ?? null,
    from: MAIL_FROM ?? `VoBee <no-reply@${new URL(PUBLIC_URL).hostname}>`,
    confirmation: CONFIRMATION ?? (SMTP_URL ? 'credit' : 'off'),
  }
}
