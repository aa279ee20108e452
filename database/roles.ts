// Which login role each service uses, and its URL.
import { createHmac } from 'node:crypto'

export const services = ['waitlist', 'invites', 'referrals', 'quality-gates'] as const
export type ServiceName = (typeof services)[number]

/** A service's Postgres schema: its name with underscores. */
export const schemaOf = (service: ServiceName) => service.replaceAll('-', '_')

/** The variable that gives a service its own URL, such as `QUALITY_GATES_DATABASE_URL`. */
export const urlVariable = (service: ServiceName) =>
  `${schemaOf(service).toUpperCase()}_DATABASE_URL`

const databaseOf = (url: URL) => decodeURIComponent(url.pathname.slice(1))

/**
 * The URL of a service's role on the owner's server. Its password is an HMAC of the role's name
 * under the owner's password: who knows the owner's can make it, who knows one role's can't make
 * another's, and two machines that start from one `DATABASE_URL` agree.
 */
export const roleUrl = (ownerUrl: string, service: ServiceName): string => {
  const url = new URL(ownerUrl)
  const role = `${databaseOf(url)}_${schemaOf(service)}`
  const ownerPassword = decodeURIComponent(url.password)
  url.username = encodeURIComponent(role)
  url.password = createHmac('sha256', ownerPassword).update(role).digest('hex')
  return url.href
}
