// The five processes of one deployment, and what each is told: its own database, never another's.
import { type LoginName, type ServiceName, services, urlVariable } from '@vobee/database/roles'

export type ProcessName = 'gateway' | ServiceName
export type Ports = Record<ProcessName, number>
export type Environment = Record<string, string | undefined>

export const processNames = ['gateway', ...services] as const

const upper = (name: ProcessName) => name.toUpperCase().replaceAll('-', '_')

/** The setting of a process's port, such as `QUALITY_GATES_PORT`. */
export const portVariable = (name: ProcessName) => `${upper(name)}_PORT`

export const scriptOf = (name: ProcessName) =>
  name === 'gateway' ? 'gateway/main.ts' : `services/${name}/main.ts`

export const addressOf = (ports: Ports, name: ProcessName) => `http://127.0.0.1:${ports[name]}`

// What leads to a database, the secret of those who name persons, and what npm tells its scripts.
const KEPT_BACK = /^(.*DATABASE_URL|POSTGRES_PASSWORD|PG[A-Z]+|PERSON_KEY_SECRET|npm_.*)$/i

export type Deployment = {
  ports: Ports
  publicUrl: string
  adminKey: string
  personKeySecret: string
  databaseUrls: Record<LoginName, string>
}

/**
 * The caller's environment, so that every setting reaches whom it concerns, but for what is kept
 * back; then what this process alone is told.
 */
export const environmentOf = (
  name: ProcessName,
  deployment: Deployment,
  caller: Environment,
): Environment => {
  const passed = Object.entries(caller).filter(([variable]) => !KEPT_BACK.test(variable))
  const common = {
    ...Object.fromEntries(passed),
    HOST: '127.0.0.1',
    PORT: String(deployment.ports[name]),
    PUBLIC_URL: deployment.publicUrl,
    ADMIN_API_KEY: deployment.adminKey,
    [urlVariable(name)]: deployment.databaseUrls[name],
  }
  if (name === 'gateway') return { ...common, ...gatewayOnly(deployment, caller) }
  return { ...common, PERSON_KEY_SECRET: deployment.personKeySecret }
}

const gatewayOnly = ({ ports }: Deployment, caller: Environment): Environment => ({
  CORS_ORIGINS: caller.CORS_ORIGINS || 'http://localhost:8080',
  ...Object.fromEntries(services.map((name) => [`${upper(name)}_URL`, addressOf(ports, name)])),
})
