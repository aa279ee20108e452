// Who a member is: by the token that the waitlist signs, or by one of the host application's.
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { Problem } from '../http/problem.ts'
import { personKeys } from '../privacy/email.ts'
import type { Identify, Member } from './callers.ts'
import { hostTokenVerifier } from './host-tokens.ts'
import type { memberSettings } from './member-settings.ts'
import { tokenErrorOf, tokenInvalid } from './token-errors.ts'

type Settings = z.infer<z.ZodObject<typeof memberSettings>>

const OURS = 'vobee'
const SECONDS = 3_600

const keyOf = (secret: string) => new TextEncoder().encode(secret)

/** Members of a reply that hands a member token over. */
export const memberTokenReply = {
  member_token: z.string().describe('Sent as Authorization: Bearer; every service verifies it.'),
  expires_in: z.int().describe('Seconds for which it is valid.'),
}

export type SignToken = (entry: {
  entry_id: string
  email: string
}) => Promise<{ member_token: string; expires_in: number }>

/** Makes the function that signs an hour's token for who has proved their address. */
export const tokenSigner = ([newest = '']: readonly string[]): SignToken => {
  const key = keyOf(newest)
  return async ({ entry_id, email }) => {
    const token = new SignJWT({ email })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(OURS)
      .setAudience(OURS)
      .setSubject(entry_id)
      .setIssuedAt()
      .setExpirationTime(`${SECONDS}s`)
    return { member_token: await token.sign(key), expires_in: SECONDS }
  }
}

const ownTokens = (secrets: readonly string[]) => {
  const keys = secrets.map(keyOf)
  const own = {
    issuer: OURS,
    audience: OURS,
    algorithms: ['HS256'],
    requiredClaims: ['exp', 'sub', 'email'],
  }
  return async (token: string): Promise<string> => {
    let refusal: unknown
    for (const key of keys) {
      try {
        return String((await jwtVerify(token, key, own)).payload.email)
      } catch (error) {
        refusal = error
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    throw refusal
  }
}

/**
 * Makes the function that tells whose token it is: ours by its issuer, else the host's.
 * @throws SettingsError when the host's settings do not go together; (by the returned function)
 * tokenExpired, tokenInvalid (401), and unavailable while no key of the host could be fetched.
 */
export const memberTokenVerifier = (settings: Settings) => {
  const verifyOwn = ownTokens(settings.MEMBER_TOKEN_SECRET)
  const verifyHost = hostTokenVerifier(settings)
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const memberOf = async (token: string): Promise<Member> => {
    const verify = decodeJwt(token).iss === OURS ? verifyOwn : verifyHost
    if (!verify) throw tokenInvalid()
    const email = await verify(token)
    return { kind: 'member', email, person: personKey(email) }
  }
  return async (token: string): Promise<Member> => {
    try {
      return await memberOf(token)
    } catch (error) {
      throw error instanceof Problem ? error : tokenErrorOf(error)
    }
  }
}

const bearerToken = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*) *$/i

/** Whether an `Authorization` carries what has the shape of a token. */
export const hasTokenShape = (authorization: string): boolean => bearerToken.test(authorization)

/** What has the shape of a token is one and never tried as a key; else `identify` tells. */
export const withMemberTokens = (identify: Identify, settings: Settings): Identify => {
  const memberOf = memberTokenVerifier(settings)
  return (request) => {
    const token = bearerToken.exec(request.headers.authorization ?? '')?.[1]
    return token === undefined ? identify(request) : memberOf(token)
  }
}
