// The URL of each role for the processes of `npm start`.
import { migrate } from '@vobee/database/migrate'
import {
  type LoginName,
  listenVariable,
  logins,
  roleUrl,
  type ServiceName,
  services,
  urlVariable,
} from '@vobee/database/roles'
import { connectOnce } from '@vobee/shared/data/client'
import { readDatabaseUrl, withLogin } from '@vobee/shared/data/database-url'
import { SettingsError } from '@vobee/shared/ops/settings'
import { readSecret } from '../secrets.ts'
import type { LocalSettings } from '../settings.ts'

type Urls = Record<LoginName, string>
type Say = (line: string) => void

type ConnectionError = Error & { code?: string }

const findError = async (url: string): Promise<ConnectionError | null> => {
  try {
    await (await connectOnce(url)).end()
    return null
  } catch (error) {
    return error as ConnectionError
  }
}

const isRejected = async (url: string): Promise<boolean> => {
  const error = await findError(url)
  if (error && !/^28/.test(error.code ?? '')) throw error
  return error !== null
}

const errorOf = (login: LoginName, url: string) =>
  `${urlVariable(login)}: is not set, and the role ${readDatabaseUrl(url).user} has a password that ` +
  'is not derived from DATABASE_URL. Set it to a URL with that password, or with a new one'

/** Migrates the embedded database, and gives each role the password that its owner's derives. */
const migrateEmbedded = (ownerUrl: string, settings: LocalSettings, say: Say): Promise<Urls> => {
  const derived = logins.map((login) => [urlVariable(login), roleUrl(ownerUrl, login)])
  return migrate(ownerUrl, { say, given: { ...Object.fromEntries(derived), ...settings.roleUrls } })
}

/** @throws SettingsError if a role of your own server has another password than the derived one. */
const migrateOwnServer = async (ownerUrl: string, settings: LocalSettings, say: Say) => {
  const { roleUrls: given, dataDir } = settings
  const hasPassword = readDatabaseUrl(ownerUrl).password !== ''
  const secret = hasPassword ? undefined : await readSecret(dataDir, 'role-secret')
  const urls = await migrate(ownerUrl, { say, given, secret })
  const errors: string[] = []
  for (const login of logins) {
    const isDerived = !given[urlVariable(login)]
    if (isDerived && (await isRejected(urls[login]))) errors.push(errorOf(login, urls[login]))
  }
  if (errors.length > 0) throw new SettingsError(errors)
  return urls
}

/** Says which of the URLs that are set do not work now, as when a pooler does not run yet. */
const reportErrors = async (urls: Urls, { roleUrls }: LocalSettings, say: Say) => {
  const given = logins.filter((login) => roleUrls[urlVariable(login)])
  await Promise.all(
    given.map(async (login) => {
      const error = await findError(urls[login])
      if (error) say(`${urlVariable(login)}: ${error.message}; ${login} tries again until it can`)
    }),
  )
}

/** Migrates the database and returns the URL with which each process uses it. */
export const migrateForProcesses = async (ownerUrl: string, settings: LocalSettings, say: Say) => {
  const migrateAny = settings.databaseUrl ? migrateOwnServer : migrateEmbedded
  const urls = await migrateAny(ownerUrl, settings, say)
  await reportErrors(urls, settings, say)
  return urls
}

/** Returns the URLs on which services listen: their logins at the owner's address, which is direct. */
export const listenUrlsOf = (
  ownerUrl: string,
  urls: Urls,
  { listenUrls }: LocalSettings,
): Record<ServiceName, string> => {
  const entries = services.map((service) => {
    const { user, password } = readDatabaseUrl(urls[service])
    return [service, listenUrls[listenVariable(service)] ?? withLogin(ownerUrl, user, password)]
  })
  return Object.fromEntries(entries)
}
