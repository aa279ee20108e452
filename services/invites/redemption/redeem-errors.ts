// Why a code can't be redeemed, as the fault that says so.
import type { Queryable } from '@vobee/shared/data/database'
import type { Problem, ProblemFactory } from '@vobee/shared/http/problem'
import {
  codeAlreadyUsed,
  codeExpired,
  codeNotYours,
  codeReserved,
  codeRevoked,
  invalidCode,
} from '../errors.ts'
import { untilFree } from '../reservations/reserve.ts'
import type { Redemption } from './redeem.ts'

export type Refusal = Exclude<Redemption, 'redeemed'>

export const refusals: Record<Refusal, ProblemFactory> = {
  unknown: invalidCode,
  not_yours: codeNotYours,
  revoked: codeRevoked,
  used: codeAlreadyUsed,
  expired: codeExpired,
  reserved: codeReserved,
}

/** The fault that refuses `code`; where its uses are reserved it says when one may be free. */
export const faultOf = async (db: Queryable, refusal: Refusal, code: string): Promise<Problem> => {
  if (refusal !== 'reserved') return refusals[refusal]()
  const seconds = await untilFree(db, code)
  return codeReserved(undefined, { headers: { 'retry-after': String(seconds) } })
}
