import { type KeyStore, openKeyStore } from '@vobee/shared/auth/keys'
import { openDatabase } from '@vobee/shared/data/database'
import type { FastifyInstance } from 'fastify'
import type { GatewaySettings } from '../config.ts'

const MAX_CONNECTIONS = 4

type Keys = { store?: KeyStore; close: () => Promise<void> }

/** Opens the store of API keys. Without a URL there is none: ADMIN_API_KEY is the only key. */
export const openKeys = (settings: GatewaySettings, app: () => FastifyInstance): Keys => {
  const { GATEWAY_DATABASE_URL: url, DATABASE_PREPARE: prepare } = settings
  if (!url) return { close: async () => {} }
  const log = { error: (details: object, message: string) => app().log.error(details, message) }
  const options = { name: 'gateway', max: MAX_CONNECTIONS, prepare, log }
  const database = openDatabase(url, options)
  return { store: openKeyStore(() => database), close: () => database.end() }
}
