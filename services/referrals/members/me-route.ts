// What referrals keep of a member.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { settleAlone } from '../attribution/attribute.ts'
import { erasePerson } from './erase-person.ts'
import { OwnData } from './own-data.ts'
import { readOwn } from './stored-data.ts'

export const meRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/referrals',
    name: 'referrals',
    stored: OwnData.shape,
    read: (db, { person }) => readOwn(db, person),
    erase: async (connection, { person }) => {
      const pseudonym = generatePseudonym()
      await pseudonymizePending(connection, 'referrals', { person, pseudonym: pseudonym })
      await settleAlone(connection)
      await erasePerson(connection, { person, pseudonym: pseudonym, before: 'infinity' }, personKey)
    },
  })
