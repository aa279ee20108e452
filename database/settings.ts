// The settings of `npm run migrate` and of commands that use the database as its owner.
import { isDatabaseUrl, readDatabaseUrl } from '@vobee/shared/data/database-url'
import { databaseUrl, readSettings } from '@vobee/shared/ops/settings'
import { type Environment, passwordVariable } from '@vobee/shared/ops/variables'
import { type LoginName, logins, urlVariable } from './roles.ts'

// What is no URL is another error.
const hasPassword = (url: string) => !isDatabaseUrl(url) || readDatabaseUrl(url).password !== ''

const urlOf = (login: LoginName) => {
  const name = urlVariable(login)
  const message = `contains no password: add it, or set ${passwordVariable(name)}`
  return databaseUrl.refine(hasPassword, message).optional()
}

/** The URLs of the roles. Migrating sets the passwords in them. */
export const roleUrlSettings = Object.fromEntries(
  logins.map((login) => [urlVariable(login), urlOf(login)]),
)

/** @throws SettingsError with every invalid setting. */
export const readMigrationSettings = (env: Environment) => {
  const shape = { DATABASE_URL: databaseUrl, ...roleUrlSettings }
  const { DATABASE_URL: ownerUrl, ...given } = readSettings(shape, env)
  return { ownerUrl, given }
}

/** @throws SettingsError if the owner's URL is missing or invalid. */
export const readOwnerUrl = (env: Environment): string =>
  readSettings({ DATABASE_URL: databaseUrl }, env).DATABASE_URL
