// What the waitlist keeps of a member.
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym } from '@vobee/shared/privacy/erase'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { readOwn } from './export.ts'
import { erasePerson } from './leave.ts'
import { OwnData } from './my-data.ts'

export const myDataRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/waitlist',
    name: 'waitlist',
    stored: OwnData.shape,
    read: (db, { person }) => readOwn(db, person),
    erase: (db, { person }) =>
      erasePerson(db, { person, pseudonym: generatePseudonym() }, personKey),
  })
