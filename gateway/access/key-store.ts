import { type KeyStore, openKeyStore } from '@vobee/shared/auth/keys'
import { openDatabase } from '@vobee/shared/data/database'
import type { FastifyInstance } from 'fastify'

const MAX_CONNECTIONS = 4

type Keys = { store?: KeyStore; close: () => Promise<void> }

/** Opens the store of API keys. Without a `url` there is none: ADMIN_API_KEY is the only key. */
export const openKeys = (url: string | undefined, app: () => FastifyInstance): Keys => {
  if (!url) return { close: async () => {} }
  const log = { error: (details: object, message: string) => app().log.error(details, message) }
  const database = openDatabase(url, { name: 'gateway', max: MAX_CONNECTIONS, log })
  return { store: openKeyStore(() => database), close: () => database.end() }
}
