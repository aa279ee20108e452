import { inBackground } from '@vobee/shared/data/background'
import type { FastifyInstance } from 'fastify'
import { cancelRoute } from './cancel-route.ts'
import { continueWaves } from './continue.ts'
import { type ReleaseDeps, releaseRoute } from './release-route.ts'
import { listWavesRoute } from './reports/list-waves-route.ts'
import { waveReportRoute } from './reports/wave-report-route.ts'

/** Returns `continueWaves` for a scheduled job. */
export const waveRoutes = (app: FastifyInstance, deps: Omit<ReleaseDeps, 'continueWaves'>) => {
  const continuing = inBackground(app, 'releasing waves', (db, isStopping) =>
    continueWaves(db, { isStopping, maxGateAge: deps.maxGateAge }),
  )
  releaseRoute(app, { ...deps, continueWaves: continuing.start })
  cancelRoute(app, deps)
  listWavesRoute(app, deps)
  waveReportRoute(app, deps)
  return { continueWaves: continuing.run }
}
