import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { admitVisitors } from '../access/public-routes.ts'

const PREFLIGHT_SECONDS = 600

/** Lets pages of these origins call the routes of `app`; credentials travel as headers only. */
export const allowOrigins = async (app: FastifyInstance, origins: string[]) => {
  if (origins.length === 0) return
  admitVisitors(app)
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
