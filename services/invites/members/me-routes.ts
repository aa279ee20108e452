// What invites keep of a member.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { erasePerson } from './erase.ts'
import { readOwn } from './read-stored.ts'
import { OwnData } from './stored-data.ts'

export const meRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/invites',
    name: 'invites',
    stored: OwnData.shape,
    read: (db, { person }) => readOwn(db, person),
    erase: async (connection, { person }) => {
      const pseudonym = generatePseudonym()
      await pseudonymizePending(connection, 'invites', { person, pseudonym: pseudonym })
      await erasePerson(connection, { person, pseudonym: pseudonym, before: 'infinity' }, personKey)
    },
  })
