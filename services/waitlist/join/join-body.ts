// What a visitor sends to join, and what they get.
import { flatObject, text } from '@vobee/shared/http/text'
import { canonicalEmail, Email } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { personas } from '../scoring/personas.ts'
import { isDisposable } from './disposable.ts'

const utm = text(200, 0).optional()

export const JoinBody = z
  .strictObject({
    email: Email,
    use_case: text(2000),
    persona: z.enum(personas),
    referred_by: z
      .string()
      .trim()
      .regex(/^[\w-]{1,50}$/, 'must be 1 to 50 of A-Z a-z 0-9 _ -')
      .optional()
      .describe('The referral code of the referrer. An unknown code is accepted.'),
    name: text(200).optional(),
    utm_source: utm,
    utm_medium: utm,
    utm_campaign: utm,
    utm_term: utm,
    utm_content: utm,
    metadata: flatObject(20, 2048).optional(),
    locale: text(35).optional(),
    confirmed: z
      .boolean()
      .optional()
      .describe('With a key (`waitlist:write`): the address is known to be theirs.'),
    client_address: z
      .union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address')
      .optional()
      .describe("With a key (`waitlist:write`): the person's address. Only its hash is stored."),
    client_user_agent: text(1000)
      .optional()
      .describe("With a key (`waitlist:write`): the person's user agent, hashed in the same way."),
  })
  .meta({ id: 'JoinRequest' })
export type JoinBody = z.infer<typeof JoinBody>

/** The same, without disposable addresses. */
export const NonDisposableJoinBody = JoinBody.extend({
  email: Email.refine(
    (address) => !isDisposable(canonicalEmail(address)),
    'must not be of a disposable-mail domain',
  ),
})

export const JoinReply = z.object({
  status: z.literal('success'),
  position: z.int().min(1),
  total_waiting: z.int().min(1),
  estimated_wait: z.string(),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  invites_paused: z.boolean(),
  referral_code: z.string(),
  share_url: z.url(),
})
