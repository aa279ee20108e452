// What quality gates keep of a member: nothing but counts, in which nobody is named.
import { transaction } from '@vobee/shared/database'
import { drawTombstone, renameTold } from '@vobee/shared/erasing'
import { ownDataRoutes } from '@vobee/shared/own-data'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const kept = { records: z.array(z.object({})).describe('Always empty: only counts are kept.') }

export const meRoutes = (app: FastifyInstance) =>
  ownDataRoutes(app, {
    prefix: '/api/quality',
    name: 'quality-gates',
    kept,
    read: async () => ({ records: [] }),
    erase: (db, { person }) =>
      transaction(db, (connection) =>
        renameTold(connection, 'quality_gates', { person, tombstone: drawTombstone() }),
      ),
  })
