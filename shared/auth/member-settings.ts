// The settings that verify members and derive person keys.
import { z } from 'zod'
import { httpUrl, SettingsError, secret } from '../ops/settings.ts'

export const splitList = (given: string) => given.split(',').map((one) => one.trim())

/** One secret, or two during a rotation with a comma between them. */
export const oneOrTwo = (each: z.ZodType, error: string) =>
  z.string().refine((given) => {
    const secrets = splitList(given)
    return secrets.length <= 2 && secrets.every((one) => each.safeParse(one).success)
  }, error)

/** The first signs, both verify. */
export const tokenSecrets = oneOrTwo(
  secret,
  'must be one secret, or two separated by a comma, each of 32 characters or more',
)

/** What verifies member tokens: the waitlist's and those of the host application. */
export const tokenSettings = {
  MEMBER_TOKEN_SECRET: tokenSecrets.transform(splitList),
  HOST_JWT_SECRET: secret.optional(),
  HOST_JWKS_URL: httpUrl.optional(),
  HOST_JWT_ISSUER: z.string().min(1).optional(),
  HOST_JWT_AUDIENCE: z.string().min(1).optional(),
}

export const memberSettings = { PERSON_KEY_SECRET: secret, ...tokenSettings }

export type HostSettings = Partial<
  Pick<
    z.infer<z.ZodObject<typeof tokenSettings>>,
    'HOST_JWT_SECRET' | 'HOST_JWKS_URL' | 'HOST_JWT_ISSUER' | 'HOST_JWT_AUDIENCE'
  >
>

const partners = ['HOST_JWT_ISSUER', 'HOST_JWT_AUDIENCE'] as const

/**
 * Returns the claims that a token of the host must have; null if the settings name no host.
 * @throws SettingsError if one setting lacks another.
 */
export const hostClaims = (settings: HostSettings) => {
  const { HOST_JWT_SECRET, HOST_JWKS_URL, HOST_JWT_ISSUER, HOST_JWT_AUDIENCE } = settings
  const isConfigured = [HOST_JWT_SECRET, HOST_JWKS_URL, HOST_JWT_ISSUER, HOST_JWT_AUDIENCE].some(
    Boolean,
  )
  if (!isConfigured) return null
  const errors = partners.flatMap((name) => (settings[name] ? [] : [`${name}: is not set`]))
  if (Boolean(HOST_JWT_SECRET) === Boolean(HOST_JWKS_URL))
    errors.push('HOST_JWT_SECRET, HOST_JWKS_URL: set exactly one of them')
  if (HOST_JWT_ISSUER === 'vobee')
    errors.push(
      'HOST_JWT_ISSUER: must not be vobee: the waitlist signs its own tokens with this name',
    )
  if (!HOST_JWT_ISSUER || !HOST_JWT_AUDIENCE || errors.length > 0) throw new SettingsError(errors)
  return { issuer: HOST_JWT_ISSUER, audience: HOST_JWT_AUDIENCE }
}
