// The routes for a member's own data.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { lockAttribution } from './attribution-lock.ts'
import { erasePerson } from './erase-person.ts'
import { OwnData } from './own-data.ts'
import { readOwnData } from './stored-data.ts'

export const memberRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/referrals',
    name: 'referrals',
    stored: OwnData.shape,
    read: (db, { person }) => readOwnData(db, person),
    erase: async (db, { person }) => {
      const erased = { person, pseudonym: generatePseudonym() }
      await pseudonymizePending(db, 'referrals', erased)
      await lockAttribution(db)
      await recordErasures(db, 'referrals', { people: [person], personKey })
      await erasePerson(db, { ...erased, before: 'infinity' }, personKey)
    },
  })
