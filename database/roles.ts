// Which login role each service and the gateway use, and its URL.
import { createHmac, randomBytes } from 'node:crypto'

export const services = ['waitlist', 'invites', 'referrals', 'quality-gates'] as const
export type ServiceName = (typeof services)[number]

/** Who logs in: each service on its schema, and the gateway, which reads keys and nothing else. */
export const logins = [...services, 'gateway'] as const
export type LoginName = (typeof logins)[number]

const underscored = (name: LoginName) => name.replaceAll('-', '_')

/** A service's Postgres schema: its name with underscores. */
export const schemaOf = (service: ServiceName) => underscored(service)

/** The variable that gives somebody their own URL, such as `QUALITY_GATES_DATABASE_URL`. */
export const urlVariable = (login: LoginName) => `${underscored(login).toUpperCase()}_DATABASE_URL`

const databaseOf = (url: URL) => decodeURIComponent(url.pathname.slice(1))

// An owner who logs in without a password (peer, .pgpass) has none to derive from: what could be
// made from the empty one, everybody could make.
const ownSecret = randomBytes(32)

/**
 * The URL of somebody's role on the owner's server. Its password is an HMAC of the role's name
 * under the owner's password: who knows the owner's can make it, who knows one role's can't make
 * another's, and two machines that start from one `DATABASE_URL` agree. Without an owner's
 * password it is of this process alone.
 */
export const roleUrl = (ownerUrl: string, login: LoginName): string => {
  const url = new URL(ownerUrl)
  const role = `${databaseOf(url)}_${underscored(login)}`
  const secret = decodeURIComponent(url.password) || ownSecret
  url.username = encodeURIComponent(role)
  url.password = createHmac('sha256', secret).update(role).digest('hex')
  return url.href
}
