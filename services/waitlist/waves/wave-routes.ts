import { inBackground } from '@vobee/shared/data/background'
import type { FastifyInstance } from 'fastify'
import { listWavesRoute } from './list-waves-route.ts'
import { moveMembers } from './members.ts'
import { type ReleaseDeps, releaseRoute } from './release-route.ts'

/** Returns `moveMembers` for a scheduled job. */
export const waveRoutes = (app: FastifyInstance, deps: Omit<ReleaseDeps, 'moveMembers'>) => {
  const moving = inBackground(app, 'moving the members of a wave', (db, isStopping) =>
    moveMembers(db, { isStopping, maxGateAge: deps.maxGateAge }),
  )
  releaseRoute(app, { ...deps, moveMembers: moving.start })
  listWavesRoute(app, deps)
  return { moveMembers: moving.run }
}
