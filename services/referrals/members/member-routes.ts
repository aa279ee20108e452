// Members: who calls, and the routes for their own data.
import type { Member } from '@vobee/shared/auth/callers'
import type { Queryable } from '@vobee/shared/data/database'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { memberDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { lockAttribution } from './attribution-lock.ts'
import { erasePerson } from './erase-person.ts'
import { identifyHostUsers, type MemberOf } from './member-of.ts'
import { findRows } from './member-rows.ts'
import { OwnData } from './own-data.ts'
import { readOwnData } from './stored-data.ts'

// A host user whose address has changed may call none but these routes.
const personOf = async (db: Queryable, member: Member): Promise<string> =>
  (await findRows(db, member)).row?.person ?? member.person

export type MemberDeps = { personKey: PersonKey; memberOf: MemberOf }

export const memberRoutes = (app: FastifyInstance, { personKey, memberOf }: MemberDeps) => {
  identifyHostUsers(app, memberOf)
  memberDataRoutes(app, {
    prefix: '/api/referrals',
    name: 'referrals',
    stored: OwnData.shape,
    read: async (db, member) => readOwnData(db, await personOf(db, member)),
    erase: async (db, member) => {
      const person = await personOf(db, member)
      const erased = { person, pseudonym: generatePseudonym() }
      await pseudonymizePending(db, 'referrals', erased)
      await lockAttribution(db)
      await recordErasures(db, 'referrals', { people: [person], personKey })
      await erasePerson(db, { ...erased, before: 'infinity' }, personKey)
    },
  })
}
