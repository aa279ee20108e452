// Exporting and erasing a member's data.
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { erasePerson } from './erase.ts'
import { readStored } from './read-stored.ts'
import { StoredData } from './stored-data.ts'

export const meRoutes = (app: FastifyInstance, { personKey }: RouteDeps) =>
  memberDataRoutes(app, {
    prefix: '/api/invites',
    name: 'invites',
    stored: StoredData.shape,
    read: (db, { person }) => readStored(db, person),
    erase: async (connection, { person }) => {
      const pseudonym = generatePseudonym()
      await pseudonymizePending(connection, 'invites', { person, pseudonym })
      await recordErasures(connection, 'invites', { people: [person], personKey })
      await erasePerson(connection, { person, pseudonym, before: 'infinity' }, personKey)
    },
  })
