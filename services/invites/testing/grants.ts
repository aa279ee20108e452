// Codes that people earned, and what referrals takes back of them.
import { randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import type { TestDatabase } from '@vobee/testing/database'
import type { FastifyInstance } from 'fastify'

type Row = { code_id: number; code: string; status: string }

/** Returns calls that play referrals to the service. */
export const useGrants = (db: TestDatabase, app: () => FastifyInstance) => {
  const publish = <Name extends EventName>(event: Name, payload: Payload<Name>) =>
    db.owner.query('select invites.publish($1, $2)', [event, payload])
  const process = async (by = app()) => {
    while ((await by.inbox.processBatch()) !== 0);
  }
  const published = async <Name extends EventName>(event: Name): Promise<Payload<Name>[]> => {
    const inbox = 'select payload from referrals.inbox where event = $1 order by id'
    return (await db.owner.query(inbox, [event])).rows.map(({ payload }) => payload)
  }
  return {
    publish,
    process,
    /** Returns the payloads of events that referrals consumes. */
    published,
    /** Mints codes for a person; returns the id of the grant. */
    grant: async (codes: number, person = 'ada'): Promise<string> => {
      const grant_id = randomUUID()
      const masked = `${person[0]}***@e***.com`
      await publish('referrals.earned', {
        grants: [{ grant_id, person, codes, reason: 'tier', masked }],
      })
      await process()
      return grant_id
    },
    recall: (grant_id: string, codes: number, recall_id: string = randomUUID()) =>
      publish('referrals.recalled', { recalls: [{ recall_id, grant_id, codes, reason: 'fraud' }] }),
    block: (person = 'ada', at = new Date().toISOString()) =>
      publish('referrals.blocked', { people: [{ person, reason: 'blocked' }], at }),
    unblock: (person = 'ada', at = new Date().toISOString()) =>
      publish('referrals.unblocked', { people: [person], at }),
    /** Returns the numbers that recalls were answered with, in order. */
    answers: async () =>
      (await published('invites.recalled')).flatMap(({ recalls }) =>
        recalls.map(({ revoked }) => revoked),
      ),
    /** Returns the codes of a grant in the order in which they were minted. */
    codesOf: async (grant_id: string): Promise<Row[]> =>
      (
        await db.owner.query(
          `select codes.id::int as code_id, code,
                  case when revoked_at is not null then 'revoked'
                       when uses_left = 0 then 'used' else 'open' end as status
           from invites.codes join invites.batches on batches.id = batch
           where grant_id = $1 order by codes.id`,
          [grant_id],
        )
      ).rows,
  }
}
