import { inBackground } from '@vobee/shared/data/background'
import type { FastifyInstance } from 'fastify'
import { listWavesRoute } from './list-waves-route.ts'
import { moveMembers } from './members.ts'
import { type ReleaseDeps, releaseRoute } from './release-route.ts'

/** Returns `moveMembers` for a scheduled job. */
export const waveRoutes = (app: FastifyInstance, deps: Omit<ReleaseDeps, 'moveMembers'>) => {
  const moving = inBackground(app, 'moving the members of a wave', moveMembers)
  releaseRoute(app, { ...deps, moveMembers: moving.start })
  listWavesRoute(app, deps.db)
  return { moveMembers: moving.run }
}
