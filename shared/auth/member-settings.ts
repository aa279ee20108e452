// What a service is told to recognise members, and to name them.
import { z } from 'zod'
import { SettingsError, secret } from '../ops/settings.ts'

const splitList = (given: string) => given.split(',').map((one) => one.trim())

/** One secret, or two while the older is rotated out: the first signs, both verify. */
export const tokenSecrets = z.string().refine((given) => {
  const each = splitList(given)
  return each.length <= 2 && each.every((one) => secret.safeParse(one).success)
}, 'must be one secret or two with a comma between, each of 32 characters or more')

export const memberSettings = {
  PERSON_KEY_SECRET: secret,
  MEMBER_TOKEN_SECRET: tokenSecrets.transform(splitList),
  HOST_JWT_SECRET: secret.optional(),
  HOST_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  HOST_JWT_ISSUER: z.string().min(1).optional(),
  HOST_JWT_AUDIENCE: z.string().min(1).optional(),
}

export type HostSettings = Partial<
  Pick<
    z.infer<z.ZodObject<typeof memberSettings>>,
    'HOST_JWT_SECRET' | 'HOST_JWKS_URL' | 'HOST_JWT_ISSUER' | 'HOST_JWT_AUDIENCE'
  >
>

const partners = ['HOST_JWT_ISSUER', 'HOST_JWT_AUDIENCE'] as const

/**
 * What tokens of the host must say of themselves; null when none are accepted.
 * @throws SettingsError when one setting lacks another.
 */
export const hostClaims = (settings: HostSettings) => {
  const { HOST_JWT_SECRET, HOST_JWKS_URL, HOST_JWT_ISSUER, HOST_JWT_AUDIENCE } = settings
  const isAsked = [HOST_JWT_SECRET, HOST_JWKS_URL, HOST_JWT_ISSUER, HOST_JWT_AUDIENCE].some(Boolean)
  if (!isAsked) return null
  const faults = partners.flatMap((name) => (settings[name] ? [] : [`  ${name}: is not set`]))
  if (Boolean(HOST_JWT_SECRET) === Boolean(HOST_JWKS_URL))
    faults.push('  HOST_JWT_SECRET, HOST_JWKS_URL: one of them must be set, and not both')
  if (HOST_JWT_ISSUER === 'vobee')
    faults.push("  HOST_JWT_ISSUER: must not be vobee, which is the waitlist's own name")
  if (!HOST_JWT_ISSUER || !HOST_JWT_AUDIENCE || faults.length > 0)
    throw new SettingsError(`Settings are missing or wrong:\n${faults.join('\n')}`)
  return { issuer: HOST_JWT_ISSUER, audience: HOST_JWT_AUDIENCE }
}
