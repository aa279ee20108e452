// The mails that what happened gives rise to.
import type { Queryable } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import type { NewMail, QueueMail } from './queue.ts'
import { findEntries } from './recipients.ts'

type Codes = Payload<'invites.issued'>['codes']

const daily = { atMost: 1, within: '1 day' }

/** The code of a wave is a mail of its own; those of a grant share one. */
const mailsOf = (codes: Codes, idOf: Map<string, string>): NewMail[] => {
  const gifts = Map.groupBy(codes, ({ person, code, grant_id }) => `${person} ${grant_id ?? code}`)
  return [...gifts.values()].flatMap((gift): NewMail[] => {
    const [first] = gift
    const entryId = first && idOf.get(first.person)
    if (!entryId) return []
    const data = { codes: gift.map(({ code }) => code) }
    return first.grant_id
      ? [{ kind: 'earned', entryId, key: first.grant_id, data }]
      : [{ kind: 'invited', entryId, key: first.code, data }]
  })
}

/** Makes what queues those mails, in the transaction of the fact. */
export const news = (queueMail: QueueMail) => ({
  joined: (db: Queryable, entries: readonly { id: string }[]) =>
    queueMail(
      db,
      entries.map(({ id }) => ({ kind: 'joined', entryId: id, key: 'first' })),
    ),
  joinedAgain: async (db: Queryable, people: readonly string[]) => {
    const entries = await findEntries(db, people)
    const mails = entries.map(({ id }): NewMail => ({ kind: 'joined_again', entryId: id }))
    await queueMail(db, mails, daily)
  },
  issued: async (db: Queryable, codes: Codes) => {
    const people = codes.map(({ person }) => person)
    const entries = await findEntries(db, people)
    await queueMail(db, mailsOf(codes, new Map(entries.map(({ id, person }) => [person, id]))))
  },
  movedUp: (db: Queryable, ids: readonly string[]) =>
    queueMail(
      db,
      ids.map((entryId) => ({ kind: 'moved_up', entryId })),
      daily,
    ),
})
export type News = ReturnType<typeof news>
