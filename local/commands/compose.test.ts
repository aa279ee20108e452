// .env.example, the settings of the processes and docker-compose.yml name the same settings.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { roleUrlSettings } from '@vobee/database/settings'
import * as gateway from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { isSecret, passwordVariable } from '@vobee/shared/ops/variables'
import * as waitlist from '@vobee/waitlist'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { localShape } from '../settings.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Container = { environment?: Record<string, string> }
type Compose = { services: Record<string, Container> }

const compose: Compose = parse(read('docker-compose.yml'), { merge: true })
const environmentOf = (container: string) => compose.services[container]?.environment ?? {}

const roleUrls = Object.keys(roleUrlSettings)
const processes = {
  waitlist: waitlist.Settings,
  invites: invites.Settings,
  referrals: referrals.Settings,
  'quality-gates': qualityGates.Settings,
  'api-gateway': gateway.Settings,
}

/** Returns the variables that a process reads. The image sets the hosts and PORT. */
const variablesOf = (container: string, settings: object) => {
  const own = container.toUpperCase().replaceAll('-', '_')
  const names = Object.keys(settings).map((name) =>
    /^(LISTEN_)?DATABASE_URL$/.test(name) ? `${own}_${name}` : name,
  )
  const urls = names.filter((name) => name.endsWith('_DATABASE_URL'))
  const all = new Set([...names, ...urls.map(passwordVariable)])
  return [...all].filter((name) => !/^((METRICS_)?HOST|PORT)$/.test(name))
}

test('.env.example has every setting that a process, migrating or npm start reads, and no other', () => {
  const documented = Array.from(read('.env.example').matchAll(/^#([A-Z_]+)=/gm), ([, name]) => name)
  const settings = Object.values(processes).flatMap((shape) => Object.keys(shape))
  const roles = [...roleUrls, ...roleUrls.map(passwordVariable)]
  const known = new Set([...settings, ...roles, ...Object.keys(localShape)])
  expect(documented.sort()).toEqual([...known].sort())
})

test.each(Object.entries(processes))('compose passes every setting to %s', (name, settings) => {
  const { PORT: _, ...environment } = environmentOf(name)
  expect(Object.keys(environment).sort()).toEqual(variablesOf(name, settings).sort())
})

test('compose passes what migrating and backups need to migrate', () => {
  const urls = ['DATABASE_URL', ...roleUrls]
  expect(Object.keys(environmentOf('migrate')).sort()).toEqual(
    [...urls, ...urls.map(passwordVariable), 'PERSON_KEY_SECRET'].sort(),
  )
})

test('compose takes every setting from the variable of its name, blank if it is not set', () => {
  const ownDefault = /_URL$|^CORS_ORIGINS$/
  for (const name of ['migrate', ...Object.keys(processes)]) {
    for (const [setting, value] of Object.entries(environmentOf(name))) {
      if (setting === 'PORT' || (setting === 'TRUSTED_PROXIES' && name !== 'api-gateway')) continue
      const start = `\${${setting}:-`
      if (!ownDefault.test(setting)) expect(value).toBe(`${start} }`)
      else expect(value.startsWith(start)).toBe(true)
    }
  }
  // podman-compose 1.0.3 would pass it as it is.
  expect(read('docker-compose.yml').replace(/^#.*/gm, '')).not.toMatch(/\$\{\w+:?-\}/)
})

test('the file for secrets names a file for every secret that the setup creates', () => {
  const files: Compose = parse(read('ops/docker-compose.secrets.yml'))
  // A URL is no secret without its password. The host's secrets and mail are optional.
  const optional = /_URL$|^HOST_JWT_SECRET$|_WEBHOOK_SECRET$/
  for (const [name, { environment = {} }] of Object.entries(files.services)) {
    const secrets = Object.keys(environmentOf(name)).filter(isSecret)
    const needed = secrets.filter((secret) => !optional.test(secret))
    expect(environment).toEqual(
      Object.fromEntries(needed.map((one) => [`${one}_FILE`, `/run/secrets/${one.toLowerCase()}`])),
    )
  }
  expect(Object.keys(files.services).sort()).toEqual(Object.keys(compose.services).sort())
})
