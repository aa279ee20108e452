// The routes for a member's own data. Quality gates store counts that name nobody; only what admins
// wrote can name a member.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { erasePerson } from './erase-person.ts'

const stored = {
  records: z.array(z.object({})).describe('Always empty: only counts are stored.'),
}

export const memberRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/quality',
    name: 'quality-gates',
    stored,
    read: async () => ({ records: [] }),
    erase: async (db, { person }) => {
      const erased = { person, pseudonym: generatePseudonym() }
      await pseudonymizePending(db, 'quality_gates', erased)
      await recordErasures(db, 'quality_gates', { people: [person], personKey })
      await erasePerson(db, erased, personKey)
    },
  })
