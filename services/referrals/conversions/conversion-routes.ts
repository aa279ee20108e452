import type { FastifyInstance } from 'fastify'
import { type ConvertDeps, convertRoute } from './convert-route.ts'
import { type WebhookDeps, webhookRoute } from './webhook-route.ts'

export const conversionRoutes = (app: FastifyInstance, deps: ConvertDeps & WebhookDeps) => {
  convertRoute(app, deps)
  webhookRoute(app, deps)
}
