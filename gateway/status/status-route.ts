import { authorize, isOperator, key, visitor } from '@vobee/shared/auth/callers'
import { credentialRequired, forbidden } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { CHECK_WAIT_MS, CheckQuery, CheckResult } from '@vobee/shared/ops/consistency-results'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Upstream } from '../proxy/upstreams.ts'
import { fetchJson, fetchStatus, type StatusRequest } from './fetch-json.ts'

const ServiceStatus = z.object({
  status: z
    .enum(['healthy', 'unready', 'down'])
    .describe('unready: it responds, but is not ready; down: no response within 2 s.'),
  latency_ms: z.int().nullable().describe('Response time of /ready; null without a response.'),
  url: z.url().optional().describe('With ops:read.'),
  report: z
    .record(z.string(), z.unknown())
    .nullable()
    .optional()
    .describe("With ops:read: the service's status report; null if it returned none."),
})
type ServiceStatus = z.infer<typeof ServiceStatus>

const StatusReply = z
  .object({
    status: z.enum(['healthy', 'degraded', 'down']),
    timestamp: z.iso.datetime(),
    audit: z
      .enum(['clean', 'off', 'incomplete'])
      .optional()
      .describe('With audit=1. off: a check failed; incomplete: a service returned no results.'),
    services: z.record(z.string(), ServiceStatus),
  })
  .meta({ id: 'SystemStatus' })
type StatusReply = z.infer<typeof StatusReply>

const checkService = async (upstream: Upstream): Promise<ServiceStatus> => {
  const ready = await fetchJson(upstream, '/ready')
  if (!ready) return { status: 'down', latency_ms: null }
  return { status: ready.status === 200 ? 'healthy' : 'unready', latency_ms: ready.ms }
}

const checkWithReport = (request: StatusRequest) => async (upstream: Upstream) => {
  const checking = checkService(upstream)
  // A consistency check may take minutes: a service that is down gets no request for one.
  const isDown = request.audit && (await checking).status === 'down'
  const fetching = isDown ? null : fetchStatus(upstream, request)
  const [check, response] = await Promise.all([checking, fetching])
  const report = response?.status === 200 ? (response.body as Record<string, unknown>) : null
  return { ...check, url: upstream.url, report }
}

const ReportWithAudit = z.object({ audit: z.array(CheckResult) })

const auditResult = (services: ServiceStatus[]): StatusReply['audit'] => {
  const audits = services.map(({ report }) => ReportWithAudit.safeParse(report).data?.audit)
  if (audits.some((results) => results?.some(({ ok }) => !ok))) return 'off'
  return audits.every((results) => results) ? 'clean' : 'incomplete'
}

const isHealthy = ({ status, report }: ServiceStatus) =>
  status === 'healthy' && report?.status !== 'degraded'

const overallStatus = (services: ServiceStatus[]): StatusReply['status'] => {
  if (services.every(isHealthy)) return 'healthy'
  return services.every(({ status }) => status === 'down') ? 'down' : 'degraded'
}

export const statusRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  route(
    app,
    {
      method: 'GET',
      url: '/status',
      operationId: 'getSystemStatus',
      summary: "Check all services; with ops:read, include each service's status report",
      auth: visitor,
      query: CheckQuery,
      replies: [200, StatusReply],
      errors: [credentialRequired, forbidden],
    },
    async ({ caller, query, request, reply }) => {
      const audit = query.audit !== undefined
      if (audit) authorize(caller, key('ops:read'))
      if (audit) setIdleTimeout(reply, CHECK_WAIT_MS)
      const { authorization } = request.headers
      const check = isOperator(caller) ? checkWithReport({ authorization, audit }) : checkService
      const checks = upstreams.map(async (upstream) => [upstream.name, await check(upstream)])
      const services: StatusReply['services'] = Object.fromEntries(await Promise.all(checks))
      const all = Object.values(services)
      return {
        status: overallStatus(all),
        timestamp: new Date().toISOString(),
        ...(audit ? { audit: auditResult(all) } : {}),
        services,
      }
    },
  )
