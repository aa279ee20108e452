// Settings: read once from the environment at start; all errors are reported at once.
import { z } from 'zod'
import { isDatabaseUrl } from '../data/database-url.ts'
import { inputMessage } from '../http/input/input-messages.ts'
import { type Environment, readVariable } from './variables.ts'

export const port = z.coerce.number().int().min(0).max(65_535)

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

/** A document in JSON that `schema` describes. */
export const json = <S extends z.ZodType>(schema: S, value: z.input<S>) =>
  z
    .string()
    .default(JSON.stringify(value))
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: `must be JSON: ${(error as Error).message}` })
        return z.NEVER
      }
    })
    .pipe(schema)

export const secret = z.string().min(32)

/** A key is sent in a header: visible ASCII without spaces, and not in the format of a token. */
export const apiKey = secret
  .regex(/^[\x21-\x7e]*$/, 'must be visible ASCII characters without spaces')
  .regex(/^(?![\w-]+\.[\w-]+\.[\w-]*$)/, 'must not have the format of a JWT')

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'must be a URL that begins with http:// or https://',
})

/** The URL of a database; it may name several hosts. */
export const databaseUrl = z
  .string()
  .refine(isDatabaseUrl, 'must be a URL such as postgres://user:password@host:5432/database')

export const smtpUrl = z.url({
  protocol: /^smtps?$/,
  error: 'must be a URL such as smtp://user:password@host:587',
})

/** The base of all links, without a trailing slash. */
export const publicUrl = httpUrl
  .default('http://localhost:8000')
  .transform((url) => url.replace(/\/+$/, ''))

/** The settings of every process. `defaultPort` applies if `PORT` is not set. */
export const processSettings = (defaultPort: number) => ({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(defaultPort),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ACCESS_LOG: toggle(false),
  SLOW_REQUEST_MS: z.coerce.number().int().min(1).max(600_000).default(1_000),
  TRUSTED_PROXIES: list('127.0.0.0/8, ::1/128'),
  ADMIN_API_KEY: apiKey,
  PUBLIC_URL: publicUrl,
})

/** A number of days after which something is deleted (null: never, `off`). */
export const retention = (value: number, least = 1) =>
  z
    .union([
      z.literal('off').transform(() => null),
      z.coerce.number(`must be off or a number from ${least}`).int().min(least).max(36_500),
    ])
    .default(value)

/** Whether statements are sent with names, so that each connection parses them once. */
export const databasePrepare = toggle(true)

export type ProcessSettings = z.infer<z.ZodObject<ReturnType<typeof processSettings>>>

/** The settings of every service that uses the database. */
export const databaseSettings = {
  DATABASE_URL: databaseUrl,
  LISTEN_DATABASE_URL: databaseUrl.optional(),
  DATABASE_PREPARE: databasePrepare,
  AUDIT_DAYS: retention(1_095, 30),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
}

export type DatabaseSettings = z.infer<z.ZodObject<typeof databaseSettings>>

export class SettingsError extends Error {
  readonly errors: readonly string[]
  /** @param errors a line for each invalid setting, which begins with its name. */
  constructor(errors: readonly string[]) {
    super(`Settings are missing or wrong:\n${errors.map((error) => `  ${error}`).join('\n')}`)
    this.errors = errors
  }
}

const isDatabaseSetting = (setting: string) => /^(LISTEN_)?DATABASE_URL$/.test(setting)

/**
 * Reads settings. With `own`, such as `WAITLIST`, the URL of the database is `WAITLIST_DATABASE_URL`,
 * or else `DATABASE_URL`; the same holds for `LISTEN_DATABASE_URL`.
 * @throws SettingsError with a line for each error. It names the variable that is set.
 */
export const readSettings = <S extends z.ZodRawShape>(shape: S, env: Environment, own?: string) => {
  const variables = Object.keys(shape).map((setting) => {
    const names = own && isDatabaseSetting(setting) ? [`${own}_${setting}`, setting] : [setting]
    return { setting, ...readVariable(env, names) }
  })
  const given = Object.fromEntries(variables.map(({ setting, value }) => [setting, value]))
  const { data, error } = z.object(shape).safeParse(given, { error: inputMessage })
  const errors = variables.flatMap((variable) => {
    if (variable.error) return [`${variable.name}: ${variable.error}`]
    const issues = error?.issues.filter(({ path }) => path[0] === variable.setting) ?? []
    return issues.map(
      ({ path: [, ...inside], message }) =>
        `${[variable.name, ...inside].join('.')}: ${variable.value ? message : 'is not set'}`,
    )
  })
  if (!data || errors.length > 0) throw new SettingsError(errors)
  return data
}
