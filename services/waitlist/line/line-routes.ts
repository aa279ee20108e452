import type { FastifyInstance } from 'fastify'
import { type ForecastDeps, forecastRoute } from './forecast-route.ts'
import { type PositionDeps, positionRoute } from './position-route.ts'

export const lineRoutes = (app: FastifyInstance, deps: ForecastDeps & PositionDeps) => {
  positionRoute(app, deps)
  forecastRoute(app, deps)
}
