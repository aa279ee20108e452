// What referrals keep of a member.
import { transaction } from '@vobee/shared/data/database'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { drawTombstone, renameTold } from '@vobee/shared/privacy/erase'
import { ownDataRoutes } from '@vobee/shared/privacy/member-data'
import type { FastifyInstance } from 'fastify'
import { OwnData } from '../own-data.ts'
import { erasePerson } from '../queries/erasing.ts'
import { readOwn } from '../queries/own-data.ts'
import { settleAlone } from '../queries/settling.ts'

export const meRoutes = (app: FastifyInstance, personKey: PersonKey) =>
  ownDataRoutes(app, {
    prefix: '/api/referrals',
    name: 'referrals',
    kept: OwnData.shape,
    read: (db, { person }) => readOwn(db, person),
    erase: (db, { person }) =>
      transaction(db, async (connection) => {
        const tombstone = drawTombstone()
        await renameTold(connection, 'referrals', { person, tombstone })
        await settleAlone(connection)
        await erasePerson(connection, { person, tombstone, before: 'infinity' }, personKey)
      }),
  })
