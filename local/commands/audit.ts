// `npm run audit`: asks the running gateway to have everything counted again, and prints what each
// service found. Ends with 1 unless all of it is clean.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECK_WAIT_MS, type CheckResult } from '@vobee/shared/ops/consistency-results'
import { type LocalSettings, readLocalSettings } from '../settings.ts'

const root = join(import.meta.dirname, '../..')

type Report = {
  audit: 'clean' | 'off' | 'incomplete'
  services: Record<string, { status: string; report: { audit?: CheckResult[] } | null }>
}

const keyOf = async ({ adminKey, dataDir }: LocalSettings): Promise<string> => {
  const kept = await readFile(join(dataDir, 'admin-key'), 'utf8').catch(() => '')
  const key = adminKey ?? kept.trim()
  if (!key) throw new Error('There is no key: set ADMIN_API_KEY to one that holds ops:read.')
  return key
}

const ask = async (gateway: string, key: string): Promise<Report> => {
  const url = `${gateway}/status?audit=1`
  const signal = AbortSignal.timeout(CHECK_WAIT_MS + 5_000)
  const reply = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal }).catch(
    (error) => {
      throw new Error(`${url} does not answer: ${error.cause?.message ?? error.message}`)
    },
  )
  const body = (await reply.json()) as Report & { detail?: string }
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${body.detail}`)
  return body
}

const figure = (value: number) => value.toLocaleString('en').padStart(14)

const lineOf = (service: string, { name, ok, expected, found, wrong }: CheckResult) => {
  const verdict = ok ? 'ok' : `OFF: ${wrong} of them ${wrong === 1 ? 'differs' : 'differ'}`
  const what = `${service.padEnd(14)} ${name.padEnd(20)}`
  return `${what} rows ${figure(expected)}  kept ${figure(found)}  ${verdict}`
}

const linesOf = ([service, { status, report }]: [string, Report['services'][string]]) => {
  if (!report?.audit) return [`${service.padEnd(14)} did not audit itself; it is ${status}`]
  if (report.audit.length === 0) return [`${service.padEnd(14)} keeps no figures to audit`]
  return report.audit.map((result) => lineOf(service, result))
}

try {
  const file = join(root, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  const settings = readLocalSettings(root, process.env)
  const gateway = (process.argv[2] ?? settings.publicUrl).replace(/\/+$/, '')
  const { audit, services } = await ask(gateway, await keyOf(settings))
  for (const service of Object.entries(services)) console.log(linesOf(service).join('\n'))
  console.log(`The audit is ${audit}.`)
  process.exitCode = audit === 'clean' ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
