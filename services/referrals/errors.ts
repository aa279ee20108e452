import { problem } from '@vobee/shared/http/problem'

export const selfReferral = problem(409, 'self_referral', 'Members cannot refer themselves.')
export const tooManyShares = problem(429, 'too_many_shares', 'Too many shares in one day.')
