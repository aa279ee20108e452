// The five processes of a deployment and the environment of each: only its own database URL.

import {
  type LoginName,
  listenVariable,
  type ServiceName,
  services,
  urlVariable,
} from '@vobee/database/roles'
import { isSecret } from '@vobee/shared/ops/variables'

export type ProcessName = 'gateway' | ServiceName
export type Ports = Record<ProcessName, number>
export type Environment = Record<string, string | undefined>

export const processNames = ['gateway', ...services] as const

const upper = (name: ProcessName) => name.toUpperCase().replaceAll('-', '_')

/** Returns the setting of a process's port, such as `QUALITY_GATES_PORT`. */
export const portVariable = (name: ProcessName) => `${upper(name)}_PORT`

/** Returns the port of each process's metrics: consecutive ones, the gateway's first. */
export const metricsPortsFrom = (first: number) =>
  Object.fromEntries(processNames.map((name, index) => [name, first + index])) as Ports

/** Returns the ports of the processes, and the setting that each comes from. */
export const portSettings = (ports: Ports, metricsPorts: Ports | null) => [
  ...processNames.map((name) => ({ port: ports[name], setting: portVariable(name) })),
  ...processNames.flatMap((name, index) => {
    const setting = index === 0 ? 'METRICS_PORT' : `METRICS_PORT + ${index}`
    return metricsPorts ? [{ port: metricsPorts[name], setting }] : []
  }),
]

const otherScripts = { gateway: 'gateway/main.ts', mailbox: 'local/mailbox/main.ts' }

export const scriptOf = (name: ProcessName | 'mailbox') =>
  name === 'gateway' || name === 'mailbox' ? otherScripts[name] : `services/${name}/main.ts`

export const addressOf = (ports: Ports, name: ProcessName) => `http://127.0.0.1:${ports[name]}`

// Variables of Postgres' programs and of npm.
const OTHERS = /^(PG[A-Z]+|npm_.*)$/i

export type Deployment = {
  ports: Ports
  metricsPorts?: Ports | null
  publicUrl: string
  adminKey: string
  personKeySecret: string
  memberTokenSecret: string
  /** The mail server of the waitlist. null: none. */
  smtpUrl: string | null
  databaseUrls: Record<LoginName, string>
  /** The services' URLs that lead to Postgres itself; without them inboxes are polled. */
  listenUrls?: Record<ServiceName, string>
}

const webhookSecrets = ['CONVERSION_WEBHOOK_SECRET', 'STRIPE_WEBHOOK_SECRET']

const withoutSecrets = (caller: Environment): Environment =>
  Object.fromEntries(
    Object.entries(caller).filter(([variable]) => !isSecret(variable) && !OTHERS.test(variable)),
  )

/** Returns the environment of the mailbox: its ports and the folder of its mail. */
export const environmentOfMailbox = (
  ports: { smtp: number; pages: number },
  folder: string,
  caller: Environment,
): Environment => ({
  ...withoutSecrets(caller),
  MAILBOX_SMTP_PORT: String(ports.smtp),
  MAILBOX_PORT: String(ports.pages),
  MAILBOX_FOLDER: folder,
})

/**
 * Returns the environment of a process: the caller's without what is withheld, and the settings
 * of this process.
 */
export const environmentOf = (
  name: ProcessName,
  deployment: Deployment,
  caller: Environment,
): Environment => {
  const common = {
    ...withoutSecrets(caller),
    HOST: '127.0.0.1',
    PORT: String(deployment.ports[name]),
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(deployment.metricsPorts?.[name] ?? ''),
    PUBLIC_URL: deployment.publicUrl,
    ADMIN_API_KEY: deployment.adminKey,
    [urlVariable(name)]: deployment.databaseUrls[name],
    MEMBER_TOKEN_SECRET: deployment.memberTokenSecret,
    ...pick(caller, withFile('HOST_JWT_SECRET')),
  }
  if (name === 'gateway') return { ...common, ...gatewayOnly(deployment, caller) }
  const service = {
    ...common,
    [listenVariable(name)]: deployment.listenUrls?.[name],
    PERSON_KEY_SECRET: deployment.personKeySecret,
  }
  if (name === 'waitlist') return { ...service, SMTP_URL: deployment.smtpUrl ?? '' }
  return name === 'referrals'
    ? { ...service, ...pick(caller, withFile(...webhookSecrets)) }
    : service
}

const withFile = (...names: string[]) => names.flatMap((name) => [name, `${name}_FILE`])

const pick = (caller: Environment, names: readonly string[]): Environment =>
  Object.fromEntries(names.map((name) => [name, caller[name]]))

const gatewayOnly = ({ ports }: Deployment, caller: Environment): Environment => ({
  CORS_ORIGINS: caller.CORS_ORIGINS || 'http://localhost:8080',
  ...Object.fromEntries(services.map((name) => [`${upper(name)}_URL`, addressOf(ports, name)])),
})
