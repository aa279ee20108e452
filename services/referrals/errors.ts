import { problem } from '@vobee/shared/http/problem'
import { z } from 'zod'

export const selfReferral = problem(409, 'self_referral', 'Members cannot refer themselves.')
export const tooManyShares = problem(429, 'too_many_shares', 'Too many shares in one day.')
export const referralCodeExists = problem(
  409,
  'referral_code_exists',
  'The member has a referral code.',
  { referral_code: z.string(), expires_at: z.iso.datetime() },
)
export const invalidReferralCode = problem(
  400,
  'invalid_referral_code',
  'This referral code cannot be used.',
)
export const alreadyReferred = problem(
  409,
  'already_referred',
  'The member has a referrer already.',
)
export const referralsDisabled = problem(
  403,
  'referrals_disabled',
  'Referrals are disabled. The operator can enable them with ENABLE_REFERRAL_SYSTEM=true.',
)

export const unknownUser = problem(404, 'unknown_user', 'There is no user with this id.')
export const webhookOff = problem(404, 'webhook_off', 'This webhook is off.')
export const webhookSignatureInvalid = problem(
  401,
  'webhook_signature_invalid',
  'The signature of this webhook is not valid.',
)
export const webhookExpired = problem(
  401,
  'webhook_expired',
  'This webhook was signed more than five minutes ago, or in the future.',
)
export const unknownReferral = problem(404, 'unknown_referral', 'No referral has this id.')
export const unknownReview = problem(404, 'unknown_review', 'No review has this id.')
export const rewardNotFound = problem(
  404,
  'reward_not_found',
  'This reward does not exist, or it is claimed already.',
)
export const rewardExpired = problem(400, 'reward_expired', 'This reward has expired.')
