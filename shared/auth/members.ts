// Members, identified by a token that the waitlist signed or one of the host application.
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { Problem } from '../http/problem.ts'
import { personKeys } from '../privacy/email.ts'
import type { Identify, Member } from './callers.ts'
import { hostTokenVerifier, type TokenOwner } from './host-tokens.ts'
import type { memberSettings, tokenSettings } from './member-settings.ts'
import { tokenErrorOf, tokenInvalid } from './token-errors.ts'

type TokenSettings = z.infer<z.ZodObject<typeof tokenSettings>>
type Settings = z.infer<z.ZodObject<typeof memberSettings>>

const OURS = 'vobee'
const SECONDS = 3_600

const keyOf = (secret: string) => new TextEncoder().encode(secret)

/** The members of a reply that returns a member token. */
export const memberTokenReply = {
  member_token: z.string().describe('Send it as Authorization: Bearer. Every service verifies it.'),
  expires_in: z.int().describe('Seconds until it expires.'),
}

export type SignToken = (entry: {
  entry_id: string
  email: string
}) => Promise<{ member_token: string; expires_in: number }>

/** Returns the function that signs a token of one hour for a person with a verified address. */
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
  return async (token: string): Promise<TokenOwner> => {
    let reason: unknown
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, key, own)
        return { email: String(payload.email), hostUserId: null }
      } catch (error) {
        reason = error
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    throw reason
  }
}

/**
 * Returns the function that verifies a token and returns its owner. The issuer decides whether it
 * is ours or the host's. @throws SettingsError if the host's settings contradict each other; (the
 * returned function) tokenExpired, tokenInvalid (401), unavailable until the host's keys were fetched.
 */
export const tokenVerifier = (settings: TokenSettings) => {
  const verifyOwn = ownTokens(settings.MEMBER_TOKEN_SECRET)
  const verifyHost = hostTokenVerifier(settings)
  const ownerOf = async (token: string): Promise<TokenOwner> => {
    const verify = decodeJwt(token).iss === OURS ? verifyOwn : verifyHost
    if (!verify) throw tokenInvalid()
    return verify(token)
  }
  return async (token: string): Promise<TokenOwner> => {
    try {
      return await ownerOf(token)
    } catch (error) {
      throw error instanceof Problem ? error : tokenErrorOf(error)
    }
  }
}

/** Returns the function that verifies a token and returns its member. @throws as tokenVerifier. */
export const memberTokenVerifier = (settings: Settings) => {
  const verify = tokenVerifier(settings)
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  return async (token: string): Promise<Member> => {
    const owner = await verify(token)
    return { kind: 'member', ...owner, person: personKey(owner.email) }
  }
}

const bearerToken = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*) *$/i

/** Returns the credential of an `Authorization` header if it has the format of a token. */
export const tokenOf = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : bearerToken.exec(authorization)?.[1]

/** Identifies credentials in the format of a token as members; `identify` handles the others. */
export const withMemberTokens = (identify: Identify, settings: Settings): Identify => {
  const memberOf = memberTokenVerifier(settings)
  return (request) => {
    const token = tokenOf(request.headers.authorization)
    return token === undefined ? identify(request) : memberOf(token)
  }
}
