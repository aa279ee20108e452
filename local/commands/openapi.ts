// Writes openapi.json and docs/ERRORS.md from the guards of all five processes; `--check` compares
// instead.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as gateway from '@vobee/gateway'
import { isLimited, tooManyRequests } from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { type ErrorEntry, openApiDocument, type Part } from '@vobee/shared/http/openapi/openapi'
import * as problems from '@vobee/shared/http/problem'
import {
  clientGone,
  overloaded,
  type ProblemFactory,
  unavailable,
} from '@vobee/shared/http/problem'
import { readSettings } from '@vobee/shared/ops/settings'
import * as waitlist from '@vobee/waitlist'
import { errorHelp } from './error-help.ts'
import { errorsGuide } from './errors-guide.ts'
import { formatJson } from './format-json.ts'
import { exampleValues } from './openapi-examples.ts'

// Nothing connects to a database: the document needs only the guards.
const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  ADMIN_API_KEY: 'the-document-is-made-without-any-requests',
  PERSON_KEY_SECRET: 'the document is made without any person',
  MEMBER_TOKEN_SECRET: 'the document is made without any member',
  LOG_LEVEL: 'silent',
}

type App = ReturnType<typeof waitlist.buildApp>

// Some routes are declared in plugins, which are there once the app is ready.
const guardsOf = async (app: App) => {
  await app.ready()
  return app.guards
}

const limit = { error: tooManyRequests, applies: isLimited }

/** The routes of a service that the gateway forwards. */
const servicePart = async (tag: string, description: string, app: App): Promise<Part> => {
  const guards = await guardsOf(app)
  const reachable = guards.filter(({ url }) => url.startsWith('/api/'))
  return { tag, description, guards: reachable, gatewayErrors: [unavailable, overloaded], limit }
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
    await servicePart(
      'waitlist',
      'Entries and their positions.',
      waitlist.buildApp(settings.waitlist),
    ),
    await servicePart('invites', 'Invite codes.', invites.buildApp(settings.invites)),
    await servicePart(
      'referrals',
      'Referrals and rewards.',
      referrals.buildApp(settings.referrals),
    ),
    await servicePart(
      'quality',
      'Trust score and gate.',
      qualityGates.buildApp(settings.qualityGates),
    ),
    {
      tag: 'gateway',
      description: 'Status and links.',
      guards: await guardsOf(gateway.buildApp(settings.gateway)),
      gatewayErrors: [],
      limit,
    },
  ]
}

const isKind = (value: unknown): value is ProblemFactory =>
  typeof value === 'function' && 'code' in value

// Every error of shared; the client of the last has gone and receives none.
const otherErrors = Object.values(problems).filter((value) => isKind(value) && value !== clientGone)

const document = openApiDocument(await allParts(), otherErrors as ProblemFactory[], {
  values: exampleValues,
  help: errorHelp,
})
/** Bytes, without whitespace: client generators and the docs page load the whole document. */
const MAX_SIZE = 350_000

const root = join(import.meta.dirname, '../..')
const files = {
  'openapi.json': `${formatJson(document)}\n`,
  'docs/ERRORS.md': errorsGuide(document['x-errors'] as ErrorEntry[]),
}
for (const [name, text] of Object.entries(files)) {
  const path = join(root, name)
  if (!process.argv.includes('--check')) await writeFile(path, text)
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    console.error(`${name} is outdated: run \`npm run generate\`.`)
    process.exitCode = 1
  }
}
const size = Buffer.byteLength(JSON.stringify(document))
if (size > MAX_SIZE) {
  console.error(`openapi.json has ${size} bytes, more than ${MAX_SIZE}: share schemas or examples.`)
  process.exitCode = 1
}
process.exit()
