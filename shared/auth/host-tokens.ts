// Tokens of the host application: by a secret that both know, or by the keys that it publishes.
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { unavailable } from '../http/problem.ts'
import { Email } from '../privacy/email.ts'
import { type HostSettings, hostClaims } from './member-settings.ts'
import { tokenInvalid } from './token-errors.ts'

/** Seconds by which the host's clock may differ. */
const SKEW = 60
const FETCH_MS = 2_000
/** ms after which the keys are fetched again, behind the request that notices. */
const FRESH_MS = 600_000
/** ms between two fetches, for a key that is not there or after one that failed. */
const COOLDOWN_MS = 30_000

/**
 * The host's keys, by its URL: kept while it is away, and never waited for once there are some, but
 * by a token that names a new one.
 * @throws (by the returned function) unavailable (503) until they could be fetched once.
 */
export const cachedKeys = (url: string, now = () => performance.now()): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  })
  let askedAt = 0
  let fetchedAt: number | null = null
  const mayAsk = () => now() - askedAt > COOLDOWN_MS
  const fetchKeys = async () => {
    askedAt = now()
    await remote.reload()
    fetchedAt = now()
  }
  return async (header, token) => {
    if (fetchedAt === null)
      await fetchKeys().catch((cause) => Promise.reject(keysUnavailable(cause)))
    else if (now() - fetchedAt > FRESH_MS && mayAsk()) fetchKeys().catch(() => {})
    try {
      return await remote(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayAsk()) throw error
      await fetchKeys().catch(() => {})
      return remote(header, token)
    }
  }
}

const keysUnavailable = (cause: unknown) =>
  Object.assign(
    unavailable("The keys of the host application's sign-in can't be fetched.", {
      headers: { 'retry-after': '2' },
    }),
    { cause },
  )

/**
 * Makes the function that gives the address in a token of the host; null when none are accepted.
 * @throws SettingsError; (by the returned function) what jose finds, tokenInvalid, unavailable.
 */
export const hostTokenVerifier = (settings: HostSettings) => {
  const claims = hostClaims(settings)
  if (!claims) return null
  const { HOST_JWT_SECRET: secret, HOST_JWKS_URL: url = '' } = settings
  const key = secret === undefined ? cachedKeys(url) : new TextEncoder().encode(secret)
  const algorithms = secret === undefined ? ['RS256', 'ES256', 'EdDSA'] : ['HS256']
  const options = { ...claims, algorithms, clockTolerance: SKEW, requiredClaims: ['exp'] }
  return async (token: string): Promise<string> => {
    const { payload } = await jwtVerify(token, key, options)
    const email = Email.safeParse(payload.email)
    if (!email.success) throw tokenInvalid('It names no e-mail address in "email".')
    if (payload.email_verified === false || payload.email_verified === 'false')
      throw tokenInvalid('Its "email" is not verified.')
    return email.data
  }
}
