// Tokens of the host application, verified with a shared secret or with the host's published keys.
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { unavailable } from '../http/problem.ts'
import { text } from '../http/text.ts'
import { Email } from '../privacy/email.ts'
import { type HostSettings, hostClaims } from './member-settings.ts'
import { tokenInvalid } from './token-errors.ts'

/** Seconds by which the host's clock may differ. */
const SKEW = 60
const FETCH_MS = 2_000
/** ms after which the keys are fetched again, in the background. */
const FRESH_MS = 600_000
/** ms between two fetches, for an unknown key or after a failed fetch. */
const COOLDOWN_MS = 30_000

/**
 * Caches the host's published keys. They stay valid while the host is unavailable; only a token that
 * names an unknown key waits for a fetch.
 * @throws (the returned function) unavailable (503) until the keys were fetched once.
 */
export const cachedKeys = (url: string, now = () => performance.now()): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  })
  let lastFetch = 0
  let fetchedAt: number | null = null
  const mayFetch = () => now() - lastFetch > COOLDOWN_MS
  const fetchKeys = async () => {
    lastFetch = now()
    await remote.reload()
    fetchedAt = now()
  }
  return async (header, token) => {
    if (fetchedAt === null)
      await fetchKeys().catch((cause) => Promise.reject(keysUnavailable(cause)))
    else if (now() - fetchedAt > FRESH_MS && mayFetch()) fetchKeys().catch(() => {})
    try {
      return await remote(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetch()) throw error
      await fetchKeys().catch(() => {})
      return remote(header, token)
    }
  }
}

const keysUnavailable = (cause: unknown) =>
  Object.assign(
    unavailable("The host application's signing keys can't be fetched.", {
      headers: { 'retry-after': '2' },
    }),
    { cause },
  )

/** The id of a user of the host. Some hosts number their users. */
const HostUserId = z.union([text(255), z.int().transform(String)]).optional()

/** The person that a token names. `hostUserId` is null in tokens of the waitlist. */
export type TokenOwner = { email: string; hostUserId: string | null }

/**
 * Returns the function that verifies a token of the host and returns its owner; null if the
 * settings name no host. @throws SettingsError; (the returned function) errors of jose,
 * tokenInvalid, unavailable.
 */
export const hostTokenVerifier = (settings: HostSettings) => {
  const claims = hostClaims(settings)
  if (!claims) return null
  const { HOST_JWT_SECRET: secret, HOST_JWKS_URL: url = '' } = settings
  const key = secret === undefined ? cachedKeys(url) : new TextEncoder().encode(secret)
  const algorithms = secret === undefined ? ['RS256', 'ES256', 'EdDSA'] : ['HS256']
  const options = { ...claims, algorithms, clockTolerance: SKEW, requiredClaims: ['exp'] }
  return async (token: string): Promise<TokenOwner> => {
    const { payload } = await jwtVerify(token, key, options)
    const email = Email.safeParse(payload.email)
    if (!email.success) throw tokenInvalid('Its claim "email" is not an e-mail address.')
    if (payload.email_verified === false || payload.email_verified === 'false')
      throw tokenInvalid('Its claim "email" is not verified.')
    const hostUserId = HostUserId.safeParse(payload.sub)
    if (!hostUserId.success)
      throw tokenInvalid('Its claim "sub" is not an id of 1 to 255 characters.')
    return { email: email.data, hostUserId: hostUserId.data ?? null }
  }
}
