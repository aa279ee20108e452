// Writes openapi.json from the guards of all five processes; `--check` compares instead.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as gateway from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { openApiDocument, type Part } from '@vobee/shared/http/openapi'
import type { Guard } from '@vobee/shared/http/route'
import { readSettings } from '@vobee/shared/ops/settings'
import * as waitlist from '@vobee/waitlist'

// Nothing connects: the document needs the guards alone.
const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  ADMIN_API_KEY: 'no-key-is-asked-for-in-making-a-document',
  PERSON_KEY_SECRET: 'no person is named in making a document',
  MEMBER_TOKEN_SECRET: 'no member is recognised in making one',
  LOG_LEVEL: 'silent',
}

const under = (prefix: string) => (guard: Guard) => guard.url.startsWith(prefix)

const part = (tag: string, description: string, guards: Guard[], prefix: string): Part => ({
  tag,
  description,
  guards: guards.filter(under(prefix)),
})

// Some routes are declared in plugins, which are there once the app is ready.
const guardsOf = async (app: ReturnType<typeof waitlist.buildApp>) => {
  await app.ready()
  return app.guards
}

const allParts = async (): Promise<Part[]> => {
  const settings = {
    gateway: readSettings(gateway.Settings, env),
    waitlist: readSettings(waitlist.Settings, env),
    invites: readSettings(invites.Settings, env),
    referrals: readSettings(referrals.Settings, env),
    qualityGates: readSettings(qualityGates.Settings, env),
  }
  return [
    part(
      'waitlist',
      'Who waits, and where.',
      await guardsOf(waitlist.buildApp(settings.waitlist)),
      '/api/',
    ),
    part('invites', 'Invite codes.', await guardsOf(invites.buildApp(settings.invites)), '/api/'),
    part(
      'referrals',
      'Who brought whom.',
      await guardsOf(referrals.buildApp(settings.referrals)),
      '/api/',
    ),
    part(
      'quality',
      'Whether growth is healthy.',
      await guardsOf(qualityGates.buildApp(settings.qualityGates)),
      '/api/',
    ),
    part('gateway', 'The one entrance.', await guardsOf(gateway.buildApp(settings.gateway)), '/'),
  ]
}

const file = join(import.meta.dirname, '../../openapi.json')
const text = `${JSON.stringify(openApiDocument(await allParts()), null, 2)}\n`
if (!process.argv.includes('--check')) await writeFile(file, text)
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('openapi.json is not what the routes say: run `npm run generate`.')
  process.exit(1)
}
process.exit(0)
