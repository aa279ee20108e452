import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Upstream } from '../proxy/upstreams.ts'

const ServicesReply = z.object({
  services: z.array(
    z.object({
      name: z.string(),
      prefixes: z.array(z.string()),
      url: z.url(),
      circuit: z
        .enum(['closed', 'open', 'half_open'])
        .describe('State of the circuit breaker. While open, no request reaches the service.'),
    }),
  ),
})

export const servicesRoute = (app: FastifyInstance, upstreams: readonly Upstream[]) =>
  route(
    app,
    {
      method: 'GET',
      url: '/services',
      operationId: 'listServices',
      summary: 'List the services behind the gateway',
      auth: key('ops:read'),
      replies: [200, ServicesReply],
    },
    () => ({
      services: upstreams.map(({ name, prefixes, url, circuit }) => ({
        name,
        prefixes: [...prefixes],
        url,
        circuit: circuit.state(),
      })),
    }),
  )
