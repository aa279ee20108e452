// Checks the settings of the five processes before a new database is created.
import { GatewaySettings } from '@vobee/gateway/config'
import { InvitesSettings } from '@vobee/invites/config'
import { QualityGatesSettings } from '@vobee/quality-gates/config'
import { ReferralsSettings } from '@vobee/referrals/config'
import { hostClaims } from '@vobee/shared/auth/member-settings'
import { readSettings, SettingsError } from '@vobee/shared/ops/settings'
import type { Environment } from '@vobee/shared/ops/variables'
import { WaitlistSettings } from '@vobee/waitlist/config'
import type { LocalSettings } from '../settings.ts'
import { type Deployment, environmentOf, type ProcessName, processNames } from './deployment.ts'

const shapes = {
  gateway: GatewaySettings,
  waitlist: WaitlistSettings,
  invites: InvitesSettings,
  referrals: ReferralsSettings,
  'quality-gates': QualityGatesSettings,
}

// What `npm start` generates is valid.
const url = 'postgres://role:password@127.0.0.1/database'
const generated = 'x'.repeat(64)
const deploymentOf = (settings: LocalSettings): Deployment => ({
  ports: settings.ports,
  metricsPorts: settings.metricsPorts,
  publicUrl: settings.publicUrl,
  adminKey: settings.adminKey ?? generated,
  personKeySecret: settings.personKeySecret ?? generated,
  memberTokenSecret: settings.memberTokenSecret ?? generated,
  smtpUrl: settings.smtpUrl ?? 'smtp://127.0.0.1:25',
  databaseUrls: { gateway: url, waitlist: url, invites: url, referrals: url, 'quality-gates': url },
  listenUrls: { waitlist: url, invites: url, referrals: url, 'quality-gates': url },
})

const errorsOf = (name: ProcessName, env: Environment): readonly string[] => {
  try {
    const own = name.toUpperCase().replaceAll('-', '_')
    hostClaims(readSettings<typeof GatewaySettings>(shapes[name] as never, env, own))
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.errors
    throw error
  }
}

/** @throws SettingsError with every invalid setting of every process. */
export const checkSettings = (settings: LocalSettings, env: Environment): void => {
  const deployment = deploymentOf(settings)
  const errors = processNames.flatMap((name) =>
    errorsOf(name, environmentOf(name, deployment, env)),
  )
  if (errors.length) throw new SettingsError([...new Set(errors)])
}
