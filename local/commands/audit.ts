// `npm run audit`: runs the consistency check of a running system and prints the result of each
// service. Exits with 1 unless everything is consistent.
import { CHECK_WAIT_MS, type CheckResult } from '@vobee/shared/ops/consistency-results'
import { loadSettings } from '../settings.ts'
import { getAdminKey } from './admin-key.ts'
import { linesOf } from './check-lines.ts'

type Report = {
  audit: 'clean' | 'off' | 'incomplete'
  services: Record<string, { status: string; report: { audit?: CheckResult[] } | null }>
}

const fetchReport = async (gateway: string, key: string): Promise<Report> => {
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

const linesFor = ([service, { status, report }]: [string, Report['services'][string]]) =>
  report?.audit
    ? linesOf(service, report.audit)
    : [`${service.padEnd(14)} was not checked; it is ${status}`]

try {
  const settings = loadSettings()
  const gateway = (process.argv[2] ?? settings.publicUrl).replace(/\/+$/, '')
  const { audit, services } = await fetchReport(gateway, await getAdminKey(settings))
  for (const service of Object.entries(services)) console.log(linesFor(service).join('\n'))
  console.log(`The audit is ${audit}.`)
  process.exitCode = audit === 'clean' ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
