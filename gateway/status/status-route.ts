import { authorize, isOperator, key, visitor } from '@vobee/shared/auth/callers'
import { credentialRequired, forbidden } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { CHECK_WAIT_MS, CheckQuery, CheckResult } from '@vobee/shared/ops/consistency-results'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Upstream } from '../proxy/upstreams.ts'
import { ask, askReport, type Question } from './fetch-json.ts'

const ServiceStatus = z.object({
  status: z
    .enum(['healthy', 'unready', 'down'])
    .describe('unready: it answers, but cannot do its work; down: no answer within 2 s.'),
  latency_ms: z.int().nullable().describe('How long /ready took; null without an answer.'),
  url: z.url().optional().describe('With ops:read.'),
  report: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .describe('With ops:read: what the service says of itself; null when it does not.'),
})
type ServiceStatus = z.infer<typeof ServiceStatus>

const StatusReply = z.object({
  status: z.enum(['healthy', 'degraded', 'down']),
  timestamp: z.iso.datetime(),
  audit: z
    .enum(['clean', 'off', 'incomplete'])
    .optional()
    .describe('With audit=1. off: a figure differs from its rows; incomplete: not all answered.'),
  services: z.record(z.string(), ServiceStatus),
})
type StatusReply = z.infer<typeof StatusReply>

const lookAt = async (upstream: Upstream): Promise<ServiceStatus> => {
  const answer = await ask(upstream, '/ready')
  if (!answer) return { status: 'down', latency_ms: null }
  return { status: answer.status === 200 ? 'healthy' : 'unready', latency_ms: answer.ms }
}

/** What only operators see; the service checks their key once more. */
const inspect = (question: Question) => async (upstream: Upstream) => {
  const looking = lookAt(upstream)
  // An audit is waited for a long time, so not where nobody is.
  const isGone = question.audit && (await looking).status === 'down'
  const [seen, answer] = await Promise.all([looking, isGone ? null : askReport(upstream, question)])
  const report = answer?.status === 200 ? (answer.body as Record<string, unknown>) : null
  return { ...seen, url: upstream.url, report }
}

const AuditedReport = z.object({ audit: z.array(CheckResult) })

const verdict = (services: ServiceStatus[]): StatusReply['audit'] => {
  const audits = services.map(({ report }) => AuditedReport.safeParse(report).data?.audit)
  if (audits.some((results) => results?.some(({ ok }) => !ok))) return 'off'
  return audits.every((results) => results) ? 'clean' : 'incomplete'
}

const isWell = ({ status, report }: ServiceStatus) =>
  status === 'healthy' && report?.status !== 'degraded'

const overall = (services: ServiceStatus[]): StatusReply['status'] => {
  if (services.every(isWell)) return 'healthy'
  return services.every(({ status }) => status === 'down') ? 'down' : 'degraded'
}

export const statusRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  route(
    app,
    {
      method: 'GET',
      url: '/status',
      summary: 'How every service is, asked now; with ops:read what each says of itself',
      auth: visitor,
      query: CheckQuery,
      replies: [200, StatusReply],
      errors: [credentialRequired, forbidden],
    },
    async ({ caller, query, request, reply }) => {
      const audit = query.audit !== undefined
      if (audit) authorize(caller, key('ops:read'))
      if (audit) setIdleTimeout(reply, CHECK_WAIT_MS)
      const question = { authorization: request.headers.authorization, audit }
      const look = isOperator(caller) ? inspect(question) : lookAt
      const looks = upstreams.map(async (upstream) => [upstream.name, await look(upstream)])
      const services: StatusReply['services'] = Object.fromEntries(await Promise.all(looks))
      const all = Object.values(services)
      const more = audit ? { audit: verdict(all) } : {}
      return { status: overall(all), timestamp: new Date().toISOString(), ...more, services }
    },
  )
