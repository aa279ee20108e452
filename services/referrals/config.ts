import { memberSettings, oneOrTwo, splitList } from '@vobee/shared/auth/member-settings'
import { gateStaleness } from '@vobee/shared/gate'
import {
  databaseSettings,
  json,
  processSettings,
  retention,
  toggle,
} from '@vobee/shared/ops/settings'
import { referralCodeLength } from '@vobee/shared/referral-code'
import { standardSecret } from '@vobee/shared/webhooks/standard-webhooks'
import { stripeSecret } from '@vobee/shared/webhooks/stripe-signature'
import { z } from 'zod'
import { FraudSettings } from './fraud/settings.ts'
import { defaultTiers, RewardTiers } from './rewards/reward-tiers.ts'

const days = z.coerce.number().int().min(1).max(36_500)

const webhookSecrets = (each: z.ZodType, form: string) =>
  oneOrTwo(each, `must be one secret, or two separated by a comma, each of the form ${form}`)
    .transform(splitList)
    .default([])

export const ReferralsSettings = {
  ...processSettings(5012),
  ...databaseSettings,
  ...memberSettings,
  GATE_SILENCE_MINUTES: gateStaleness,
  ENABLE_REFERRAL_SYSTEM: toggle(true),
  REFERRAL_CODE_LENGTH: referralCodeLength,
  REFERRAL_CODE_EXPIRATION_DAYS: days.default(365),
  SHARES_PER_DAY: z.coerce.number().int().min(1).max(100_000).default(50),
  REWARD_TIERS: json(RewardTiers, defaultTiers),
  REWARD_CLAIM_DAYS: retention(365),
  REFERRAL_REWARD_DAYS: days.default(30),
  REFERRAL_REWARD_ON: z.enum(['payment', 'conversion']).default('payment'),
  REFERRAL_MASTER_THRESHOLD: z.coerce.number().int().min(1).max(1_000_000).default(5),
  CONVERSION_WEBHOOK_SECRET: webhookSecrets(standardSecret, 'whsec_ and base64 of 24 to 64 bytes'),
  STRIPE_WEBHOOK_SECRET: webhookSecrets(stripeSecret, 'whsec_…, as Stripe shows it'),
  ...FraudSettings,
  ENABLE_AUTOMATION_WORKER: toggle(true),
  AUTOMATION_LOG_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
}
export type ReferralsSettings = z.infer<z.ZodObject<typeof ReferralsSettings>>
