// What quality gates keep of a member: counts, in which nobody is named, and words of admins.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { erasePerson } from './erase-person.ts'

const kept = { records: z.array(z.object({})).describe('Always empty: only counts are kept.') }

export const meRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/quality',
    name: 'quality-gates',
    stored: kept,
    read: async () => ({ records: [] }),
    erase: async (connection, { person }) => {
      const named = { person, pseudonym: generatePseudonym() }
      await pseudonymizePending(connection, 'quality_gates', named)
      await erasePerson(connection, named, personKey)
    },
  })
