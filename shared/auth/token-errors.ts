// Why a member token is rejected.
import { errors } from 'jose'
import { problem } from '../http/problem.ts'

const expired = problem(401, 'token_expired', 'The token has expired.')
const invalid = problem(401, 'token_invalid', 'The token is not valid.')

export const tokenErrors = [expired, invalid]

const challenge = { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

export const tokenExpired = () =>
  expired('This token has expired. Ask for a new link at POST /api/waitlist/link.', challenge)

export const tokenInvalid = (why = 'It was not issued for this system, or it was changed.') =>
  invalid(`This token is not valid. ${why}`, challenge)

/**
 * Returns an error of jose as a problem. It names a claim only if the signature was valid.
 * @throws errors that the token did not cause.
 */
export const tokenErrorOf = (error: unknown) => {
  if (error instanceof errors.JWTExpired) return tokenExpired()
  if (error instanceof errors.JWTClaimValidationFailed)
    return tokenInvalid(`Its claim "${error.claim}" is not accepted.`)
  if (error instanceof errors.JOSEError) return tokenInvalid()
  throw error
}
