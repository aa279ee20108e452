import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { openToVisitors } from '../access/public-plugin-routes.ts'

const PREFLIGHT_SECONDS = 600

/** Lets pages of these origins call the routes of `app`. Credentials are headers, never cookies. */
export const allowOrigins = async (app: FastifyInstance, origins: string[]) => {
  if (origins.length === 0) return
  openToVisitors(app)
  await app.register(cors, {
    origin: origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'Idempotent-Replayed',
      'Link',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
    ],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  })
}
