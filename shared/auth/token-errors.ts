// Why a member's token is refused.
import { errors } from 'jose'
import { problem } from '../http/problem.ts'

const expired = problem(401, 'token_expired', 'The token has expired.')
const invalid = problem(401, 'token_invalid', 'The token is not valid.')

export const tokenErrors = [expired, invalid]

const challenge = { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

export const tokenExpired = () =>
  expired('This token has expired. Ask for a new link at POST /api/waitlist/link.', challenge)

export const tokenInvalid = (why = 'It was not issued for this system, or was changed.') =>
  invalid(`This token is not valid. ${why}`, challenge)

/**
 * What jose found, as a refusal. A claim is named only of a token whose signature was right.
 * @throws what is no fault of the token.
 */
export const tokenErrorOf = (error: unknown) => {
  if (error instanceof errors.JWTExpired) return tokenExpired()
  if (error instanceof errors.JWTClaimValidationFailed)
    return tokenInvalid(`Its claim "${error.claim}" is not accepted.`)
  if (error instanceof errors.JOSEError) return tokenInvalid()
  throw error
}
