import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { openToVisitors } from '../access/public-plugin-routes.ts'

const PREFLIGHT_SECONDS = 600

const exposedHeaders = [
  'Idempotent-Replayed',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
] as const

/** Lets pages of these origins call the routes of `app`. Credentials are headers, never cookies. */
export const allowOrigins = async (app: FastifyInstance, origins: string[]) => {
  if (origins.length === 0) return
  openToVisitors(app)
  await app.register(cors, {
    origin: origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [...exposedHeaders],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  })
}

/** Returns the headers that let the page of a request read a response which no route sends. */
export const crossOriginHeaders =
  (origins: string[]) =>
  (origin: string | undefined): Record<string, string> => {
    const allowed = origins.includes('*') ? '*' : origin
    if (!allowed || !origins.includes(allowed)) return {}
    return {
      'access-control-allow-origin': allowed,
      'access-control-expose-headers': exposedHeaders.join(', '),
      vary: 'Origin',
    }
  }
