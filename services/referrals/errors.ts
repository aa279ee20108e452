import { problem } from '@vobee/shared/http/problem'

export const selfReferral = problem(409, 'self_referral', 'Members cannot refer themselves.')
export const tooManyShares = problem(429, 'too_many_shares', 'Too many shares in one day.')

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
