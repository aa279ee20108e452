// A service without routes of its own, for tests of what services share.
import type { Identify } from '@vobee/shared/auth/callers'
import { memberSettings } from '@vobee/shared/auth/member-settings'
import { databaseSettings, processSettings } from '@vobee/shared/ops/settings'
import { createService } from '@vobee/shared/service'
import { testSettings } from './settings.ts'

const schema = { ...processSettings(0), ...databaseSettings, ...memberSettings }
const service = {
  schema: 'invites',
  name: 'invites',
  prefix: '/api/invites',
  folder: `${import.meta.dirname}/../services/invites`,
} as const

type Options = { identify?: Identify; env?: NodeJS.ProcessEnv }

/** Builds it on the database of `url`, as the service `invites`. */
export const buildBareService = (url: string, { identify, env = {} }: Options = {}) =>
  createService(service, testSettings(schema, url, env), identify ? { identify } : {})
export type BareService = ReturnType<typeof buildBareService>
