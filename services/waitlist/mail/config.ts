// Whether mail is sent, from whom, and what confirming an address is good for.
import { SettingsError } from '@vobee/shared/ops/settings'
import { z } from 'zod'

/** `credit`: only who confirmed counts for who sent them; `place`: nor have others a place. */
export const confirmations = ['off', 'credit', 'place'] as const
export type Confirmation = (typeof confirmations)[number]

export type MailTerms = {
  /** Null: no mail is sent. */
  smtpUrl: string | null
  from: string
  confirmation: Confirmation
}

const sender = /^([^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/

export const mailSettings = {
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().regex(sender, 'must be an address, or a name and <an address>').optional(),
  CONFIRMATION: z.enum(confirmations).optional(),
}

type Settings = z.infer<z.ZodObject<typeof mailSettings>> & { PUBLIC_URL: string }

/** @throws SettingsError where an address should be confirmed and no mail is sent. */
export const mailTerms = (settings: Settings): MailTerms => {
  const { SMTP_URL, MAIL_FROM, CONFIRMATION, PUBLIC_URL } = settings
  if (!SMTP_URL && CONFIRMATION && CONFIRMATION !== 'off') {
    throw new SettingsError(
      `Settings are missing or wrong:\n  SMTP_URL: is not set, and CONFIRMATION=${CONFIRMATION} needs it`,
    )
  }
  return {
    smtpUrl: SMTP_URL ?? null,
    from: MAIL_FROM ?? `VoBee <no-reply@${new URL(PUBLIC_URL).hostname}>`,
    confirmation: CONFIRMATION ?? (SMTP_URL ? 'credit' : 'off'),
  }
}
