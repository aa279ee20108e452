// Why a code can't be redeemed, as the fault that says so.
import type { ProblemFactory } from '@vobee/shared/problem'
import { codeAlreadyUsed, codeExpired, codeNotYours, codeRevoked, invalidCode } from './errors.ts'
import type { Redemption } from './queries/uses.ts'

export const refusals: Record<Exclude<Redemption, 'redeemed'>, ProblemFactory> = {
  unknown: invalidCode,
  not_yours: codeNotYours,
  revoked: codeRevoked,
  used: codeAlreadyUsed,
  expired: codeExpired,
}
