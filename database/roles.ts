// The login roles of the services and the gateway, and their URLs.
import { createHmac, randomBytes } from 'node:crypto'
import { readDatabaseUrl, withLogin } from '@vobee/shared/data/database-url'

export const services = ['waitlist', 'invites', 'referrals', 'quality-gates'] as const
export type ServiceName = (typeof services)[number]

/** Each service uses its own schema. The gateway only reads keys. */
export const logins = [...services, 'gateway'] as const
export type LoginName = (typeof logins)[number]

const underscored = (name: LoginName) => name.replaceAll('-', '_')

/** Returns a service's Postgres schema: its name with underscores. */
export const schemaOf = (service: ServiceName) => underscored(service)

/** Returns the schema of a service's job queues. */
export const queuesOf = (service: ServiceName) => `${schemaOf(service)}_jobs`

/** Returns the variable of a role's URL, such as `QUALITY_GATES_DATABASE_URL`. */
export const urlVariable = (login: LoginName) => `${underscored(login).toUpperCase()}_DATABASE_URL`

/** Returns the variable of a service's direct URL, such as `WAITLIST_LISTEN_DATABASE_URL`. */
export const listenVariable = (service: ServiceName) =>
  `${underscored(service).toUpperCase()}_LISTEN_DATABASE_URL`

// An owner that logs in without a password (peer, .pgpass) has none to derive passwords from, and
// anybody could derive them from an empty one.
const ownSecret = randomBytes(32)

/**
 * Returns the URL of a role on the owner's server. Its password is an HMAC of the role's name with
 * the owner's password as the key: one role's password reveals no other, and two machines with the
 * same `DATABASE_URL` derive the same one. Without an owner's password the key is `secret`, by
 * default random per process.
 */
export const roleUrl = (
  ownerUrl: string,
  login: LoginName,
  secret: string | Buffer = ownSecret,
): string => {
  const { database, password } = readDatabaseUrl(ownerUrl)
  const role = `${database}_${underscored(login)}`
  const derived = createHmac('sha256', password || secret)
    .update(role)
    .digest('hex')
  return withLogin(ownerUrl, role, derived)
}
