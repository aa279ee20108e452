// The errors of codes that cannot be redeemed.
import type { Queryable } from '@vobee/shared/data/database'
import type { Problem, ProblemFactory } from '@vobee/shared/http/problem'
import { secondsUntilRelease } from '../codes/find-code.ts'
import {
  codeAlreadyUsed,
  codeExpired,
  codeNotYours,
  codeReserved,
  codeRevoked,
  invalidCode,
} from '../errors.ts'
import type { Failure } from './redeem.ts'

export const redeemErrors: Record<Failure, ProblemFactory> = {
  unknown: invalidCode,
  not_yours: codeNotYours,
  revoked: codeRevoked,
  used: codeAlreadyUsed,
  expired: codeExpired,
  reserved: codeReserved,
}

/** Returns the error of `code`; if all uses are reserved, with the seconds until one may be free. */
export const redeemError = async (
  db: Queryable,
  failure: Failure,
  code: string,
): Promise<Problem> => {
  if (failure !== 'reserved') return redeemErrors[failure]()
  const seconds = await secondsUntilRelease(db, code)
  return codeReserved(undefined, { headers: { 'retry-after': String(seconds) } })
}
