// The settings that `npm start` reads itself. It passes every other setting on to the processes.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { listenVariable, services } from '@vobee/database/roles'
import { roleUrlSettings } from '@vobee/database/settings'
import { tokenSecrets } from '@vobee/shared/auth/member-settings'
import {
  apiKey,
  databaseUrl,
  httpUrl,
  processSettings,
  readSettings,
  SettingsError,
  secret,
  smtpUrl,
} from '@vobee/shared/ops/settings'
import type { Environment } from '@vobee/shared/ops/variables'
import { z } from 'zod'
import { metricsPortsFrom, type Ports, portSettings } from './processes/deployment.ts'

export type LocalSettings = {
  ports: Ports
  /** The gateway's is METRICS_PORT, and the services have the next four. null: none. */
  metricsPorts: Ports | null
  /** null: 5439 if it is free, else any port. */
  postgresPort: number | null
  /** The ports of the mailbox. null: the default one if it is free, else any port. */
  mailbox: { smtp: number | null; pages: number | null }
  /** A mail server. null: the mailbox. */
  smtpUrl: string | null
  dataDir: string
  databaseUrl: string | null
  /** The URLs of the roles that are set, by variable. */
  roleUrls: Environment
  /** The direct URLs of the services that are set, by variable. */
  listenUrls: Environment
  publicUrl: string
  adminKey: string | null
  personKeySecret: string | null
  memberTokenSecret: string | null
  postgresPassword: string | null
}

const anyPort = z.coerce.number().int().min(1).max(65_535)
const port = (value: number) => anyPort.default(value)

const listenUrlSettings = Object.fromEntries(
  services.map((service) => [listenVariable(service), databaseUrl.optional()]),
)

/** The settings that `npm start` reads itself, and checks for all processes. */
export const localShape = {
  GATEWAY_PORT: port(8000),
  WAITLIST_PORT: port(5010),
  INVITES_PORT: port(5011),
  REFERRALS_PORT: port(5012),
  QUALITY_GATES_PORT: port(5013),
  METRICS_PORT: z.coerce.number().int().min(1).max(65_531).optional(),
  POSTGRES_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  POSTGRES_PASSWORD: z.string().optional(),
  MAILBOX_PORT: anyPort.optional(),
  MAILBOX_SMTP_PORT: anyPort.optional(),
  SMTP_URL: smtpUrl.optional(),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: databaseUrl.optional(),
  PUBLIC_URL: httpUrl.optional(),
  ADMIN_API_KEY: apiKey.optional(),
  PERSON_KEY_SECRET: secret.optional(),
  MEMBER_TOKEN_SECRET: tokenSecrets.optional(),
  LOG_LEVEL: processSettings(0).LOG_LEVEL,
  ...roleUrlSettings,
  ...listenUrlSettings,
}

const root = join(import.meta.dirname, '..')

/** Returns the folder in which `npm run` was called: npm itself runs in the project's. */
export const callersFolder = (): string => process.env.INIT_CWD ?? process.cwd()

/** Reads the settings of this project, with those of `.env`. */
export const loadSettings = (): LocalSettings => {
  const file = join(root, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  return readLocalSettings(root, process.env)
}

/** @throws SettingsError with every invalid setting. */
export const readLocalSettings = (root: string, env: Environment): LocalSettings => {
  const read = readSettings(localShape, env)
  const ports: Ports = {
    gateway: read.GATEWAY_PORT,
    waitlist: read.WAITLIST_PORT,
    invites: read.INVITES_PORT,
    referrals: read.REFERRALS_PORT,
    'quality-gates': read.QUALITY_GATES_PORT,
  }
  const metricsPorts = read.METRICS_PORT ? metricsPortsFrom(read.METRICS_PORT) : null
  rejectSharedPorts(ports, metricsPorts)
  return {
    ports,
    metricsPorts,
    postgresPort: read.POSTGRES_PORT ?? null,
    mailbox: { smtp: read.MAILBOX_SMTP_PORT ?? null, pages: read.MAILBOX_PORT ?? null },
    smtpUrl: read.SMTP_URL ?? null,
    dataDir: resolve(root, read.DATA_DIR),
    databaseUrl: read.DATABASE_URL ?? null,
    roleUrls: readSettings(roleUrlSettings, env),
    listenUrls: readSettings(listenUrlSettings, env),
    publicUrl: read.PUBLIC_URL ?? `http://localhost:${ports.gateway}`,
    adminKey: read.ADMIN_API_KEY ?? null,
    personKeySecret: read.PERSON_KEY_SECRET ?? null,
    memberTokenSecret: read.MEMBER_TOKEN_SECRET ?? null,
    postgresPassword: read.POSTGRES_PASSWORD ?? null,
  }
}

const rejectSharedPorts = (ports: Ports, metricsPorts: Ports | null) => {
  const byPort = Object.groupBy(portSettings(ports, metricsPorts), ({ port }) => port)
  const errors = Object.entries(byPort).flatMap(([port, shared = []]) =>
    shared.length > 1
      ? [`${shared.map(({ setting }) => setting).join(' and ')} are both ${port}`]
      : [],
  )
  if (errors.length) throw new SettingsError(errors)
}
