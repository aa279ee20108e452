import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym } from '@vobee/shared/privacy/erase'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { erasePeople } from './erase.ts'
import { MemberData } from './member-data.ts'
import { readMemberData } from './read-member-data.ts'

export const waitlistDataRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  memberDataRoutes(app, {
    prefix: '/api/waitlist',
    name: 'waitlist',
    stored: MemberData.shape,
    read: (db, { person }) => readMemberData(db, person),
    erase: (db, { person }) =>
      erasePeople(db, [{ person, pseudonym: generatePseudonym() }], personKey),
  })
