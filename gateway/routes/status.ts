import { mayOperate, visitor } from '@vobee/shared/callers'
import { route } from '@vobee/shared/route'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ask } from '../ask.ts'
import type { Upstream } from '../upstreams.ts'

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
  services: z.record(z.string(), ServiceStatus),
})
type StatusReply = z.infer<typeof StatusReply>

const lookAt = async (upstream: Upstream): Promise<ServiceStatus> => {
  const answer = await ask(upstream, '/ready')
  if (!answer) return { status: 'down', latency_ms: null }
  return { status: answer.status === 200 ? 'healthy' : 'unready', latency_ms: answer.ms }
}

/** What only operators see; the service checks their key once more. */
const inspect = async (upstream: Upstream, { headers }: FastifyRequest) => {
  const credential = { authorization: headers.authorization ?? '' }
  const answer = await ask(upstream, `${upstream.prefixes[0]}/status`, credential)
  const report = answer?.status === 200 ? (answer.body as Record<string, unknown>) : null
  return { url: upstream.url, report }
}

const overall = (services: ServiceStatus[]): StatusReply['status'] => {
  if (services.every(({ status }) => status === 'healthy')) return 'healthy'
  return services.every(({ status }) => status === 'down') ? 'down' : 'degraded'
}

export const statusRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  route(
    app,
    {
      method: 'GET',
      url: '/status',
      summary: 'How every service is, asked now; with ops:read what each says of itself',
      admits: visitor,
      replies: [200, StatusReply],
    },
    async ({ caller, request }) => {
      const looks = upstreams.map(async (upstream) => {
        const more = mayOperate(caller) ? inspect(upstream, request) : {}
        const [seen, inside] = await Promise.all([lookAt(upstream), more])
        return [upstream.name, { ...seen, ...inside }] as const
      })
      const services = Object.fromEntries(await Promise.all(looks))
      const status = overall(Object.values(services))
      return { status, timestamp: new Date().toISOString(), services }
    },
  )
