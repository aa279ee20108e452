// Settings: read once from the environment at start; all errors are reported at once.
import { z } from 'zod'

const port = (value: number) => z.coerce.number().int().min(0).max(65_535).default(value)

/** A list in one variable, such as `a, b`. */
export const list = (value: string) =>
  z
    .string()
    .default(value)
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )

/** A switch: `true`, `false`, `on` or `off`. */
export const toggle = (value: boolean) =>
  z
    .enum(['true', 'false', 'on', 'off'])
    .default(value ? 'true' : 'false')
    .transform((word) => word === 'true' || word === 'on')

export const secret = z.string().min(32, 'must have 32 characters or more')

/** A key is sent in a header: visible ASCII without spaces, and not in the format of a token. */
const apiKey = secret
  .regex(/^[\x21-\x7e]*$/, 'must be visible ASCII characters without spaces')
  .regex(/^(?![\w-]+\.[\w-]+\.[\w-]*$)/, 'must not have the format of a JWT')

/** The base of all links, without a trailing slash. */
export const publicUrl = z
  .url({ protocol: /^https?$/ })
  .default('http://localhost:8000')
  .transform((url) => url.replace(/\/+$/, ''))

/** The settings of every process. `defaultPort` applies if `PORT` is not set. */
export const processSettings = (defaultPort: number) => ({
  HOST: z.string().default('127.0.0.1'),
  PORT: port(defaultPort),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUSTED_PROXIES: list('127.0.0.0/8, ::1/128'),
  ADMIN_API_KEY: apiKey,
  PUBLIC_URL: publicUrl,
})

/** The settings of every service that uses the database. */
export const databaseSettings = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
}

export class SettingsError extends Error {}

/**
 * Reads settings. An empty variable counts as not set.
 * @throws SettingsError with one line for each wrong variable.
 */
export const readSettings = <S extends z.ZodRawShape>(shape: S, env: NodeJS.ProcessEnv) => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = z.object(shape).safeParse(given)
  if (read.success) return read.data
  const errors = read.error.issues.map((issue) => {
    const name = issue.path.join('.')
    return `  ${name}: ${given[name] === undefined ? 'is not set' : issue.message}`
  })
  throw new SettingsError(`Settings are missing or wrong:\n${errors.join('\n')}`)
}

/** Returns the environment of a service, with its own URL (`WAITLIST_DATABASE_URL`) first. */
export const withOwnDatabase = (env: NodeJS.ProcessEnv, variable: string) => ({
  ...env,
  DATABASE_URL: env[variable] || env.DATABASE_URL,
})
