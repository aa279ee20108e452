// Writes openapi.json from the guards of all five processes; `--check` compares instead.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as gateway from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { openApiDocument, type Part } from '@vobee/shared/openapi'
import type { Guard } from '@vobee/shared/route'
import { readSettings } from '@vobee/shared/settings'
import * as waitlist from '@vobee/waitlist'

// Nothing connects: the document needs the guards alone.
const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  ADMIN_API_KEY: 'no-key-is-asked-for-in-making-a-document',
  PERSON_KEY_SECRET: 'no person is named in making a document',
  LOG_LEVEL: 'silent',
}

const under = (prefix: string) => (guard: Guard) => guard.url.startsWith(prefix)

const part = (tag: string, description: string, guards: Guard[], prefix: string): Part => ({
  tag,
  description,
  guards: guards.filter(under(prefix)),
})

const allParts = (): Part[] => {
  const settings = {
    gateway: readSettings(gateway.Settings, env),
    waitlist: readSettings(waitlist.Settings, env),
    invites: readSettings(invites.Settings, env),
    referrals: readSettings(referrals.Settings, env),
    qualityGates: readSettings(qualityGates.Settings, env),
  }
  const of = (app: { guards: Guard[] }) => app.guards
  return [
    part('waitlist', 'Who waits, and where.', of(waitlist.buildApp(settings.waitlist)), '/api/'),
    part('invites', 'Invite codes.', of(invites.buildApp(settings.invites)), '/api/'),
    part('referrals', 'Who brought whom.', of(referrals.buildApp(settings.referrals)), '/api/'),
    part(
      'quality',
      'Whether growth is healthy.',
      of(qualityGates.buildApp(settings.qualityGates)),
      '/api/',
    ),
    part('gateway', 'The one entrance.', of(gateway.buildApp(settings.gateway)), '/'),
  ]
}

const file = join(import.meta.dirname, '../openapi.json')
const text = `${JSON.stringify(openApiDocument(allParts()), null, 2)}\n`
if (!process.argv.includes('--check')) await writeFile(file, text)
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('openapi.json is not what the routes say: run `npm run generate`.')
  process.exit(1)
}
process.exit(0)
