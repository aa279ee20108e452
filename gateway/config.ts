import { tokenSettings } from '@vobee/shared/auth/member-settings'
import {
  databasePrepare,
  databaseUrl,
  httpUrl,
  list,
  processSettings,
  toggle,
} from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { loggedAddresses } from './access/describe-client.ts'

const address = (value: string) =>
  httpUrl
    .refine((url) => new URL(url).pathname === '/', 'must be an address without a path')
    .default(value)
    .transform((url) => new URL(url).origin)

const milliseconds = (value: number) => z.coerce.number().int().min(100).max(600_000).default(value)

const count = (value: number) => z.coerce.number().int().min(1).default(value)

export const GatewaySettings = {
  ...processSettings(8000),
  ACCESS_LOG: toggle(true),
  ...tokenSettings,
  GATEWAY_DATABASE_URL: databaseUrl.optional(),
  DATABASE_PREPARE: databasePrepare,
  WAITLIST_URL: address('http://127.0.0.1:5010'),
  INVITES_URL: address('http://127.0.0.1:5011'),
  REFERRALS_URL: address('http://127.0.0.1:5012'),
  QUALITY_GATES_URL: address('http://127.0.0.1:5013'),
  UPSTREAM_TIMEOUT_MS: milliseconds(5_000),
  KEY_TIMEOUT_MS: milliseconds(120_000),
  BODY_LIMIT_BYTES: count(1_048_576),
  RATE_LIMITS: toggle(true),
  VISITOR_REQUESTS_PER_MINUTE: count(300),
  KEY_REQUESTS_PER_MINUTE: count(6_000),
  PAGE_REQUESTS_PER_MINUTE: count(6_000),
  CONNECTIONS_PER_ADDRESS: count(256),
  CONNECTIONS_IN_ALL: count(10_000),
  CORS_ORIGINS: list(''),
  LOG_ADDRESSES: z.enum(loggedAddresses).default('full'),
}
export type GatewaySettings = z.infer<z.ZodObject<typeof GatewaySettings>>
