// Member tokens for tests, signed independently of the code that verifies them.
import { createHmac, randomUUID } from 'node:crypto'
import { MEMBER_TOKEN_SECRET } from './settings.ts'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Returns the seconds since 1970, plus `more`. */
export const inSeconds = (more: number) => Math.floor(Date.now() / 1000) + more

/** Returns a JWT of these claims (HS256). */
export const signToken = (claims: object, secret = MEMBER_TOKEN_SECRET, header: object = {}) => {
  const signed = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Returns the claims of a member token that the waitlist would sign now. */
export const memberClaims = (email: string, entryId: string = randomUUID()) => ({
  iss: 'vobee',
  aud: 'vobee',
  sub: entryId,
  email,
  iat: inSeconds(0),
  exp: inSeconds(3_600),
})

const HOST = 'test-host-jwt-secret-of-more-than-32-chars'

/** The settings of a service that accepts the tokens of `asHostUser`. */
export const hostSettings = {
  HOST_JWT_SECRET: HOST,
  HOST_JWT_ISSUER: 'https://host',
  HOST_JWT_AUDIENCE: 'vobee',
}

export const asBearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Returns the headers of a member. Without `entryId` the entry does not exist. */
export const asMember = (email: string, entryId?: string) =>
  asBearer(signToken(memberClaims(email, entryId)))

/** Returns the headers of a user of the host application. */
export const asHostUser = (sub: string, email: string) =>
  asBearer(
    signToken({ iss: 'https://host', aud: 'vobee', sub, email, exp: inSeconds(3_600) }, HOST),
  )
