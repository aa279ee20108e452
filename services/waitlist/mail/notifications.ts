// The mails that events cause, queued in the transaction of the event.
import type { Transactable, Transaction } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import type { QueueIssued } from './issued-mails.ts'
import type { NewMail } from './mails.ts'
import type { QueueMail } from './queue.ts'
import { findEntries } from './recipients.ts'

type Codes = Payload<'invites.issued'>['codes']

const daily = { atMost: 1, within: '1 day' }

/** Each code of a wave is a mail; the codes of a grant share one. */
const codeMails = (codes: Codes, entryIds: Map<string, string>): NewMail[] => {
  const groups = Map.groupBy(codes, ({ person, code, grant_id }) => `${person} ${grant_id ?? code}`)
  return [...groups.values()].flatMap((group): NewMail[] => {
    const [first] = group
    const entryId = first && entryIds.get(first.person)
    if (!entryId) return []
    const data = { codes: group.map(({ code }) => code) }
    return first.grant_id
      ? [{ kind: 'earned', entryId, key: first.grant_id, data }]
      : [{ kind: 'invited', entryId, key: first.code, data }]
  })
}

type Queues = { queueMail: QueueMail; queueIssued: QueueIssued }

export const openNotifications = ({ queueMail, queueIssued }: Queues) => ({
  joined: (db: Transactable, entries: readonly { id: string }[]) =>
    queueMail(
      db,
      entries.map(({ id }) => ({ kind: 'joined', entryId: id, key: 'first' })),
    ),
  joinedAgain: async (db: Transactable, people: readonly string[]) => {
    const entries = await findEntries(db, people)
    const mails = entries.map(({ id }): NewMail => ({ kind: 'joined_again', entryId: id }))
    await queueMail(db, mails, daily)
  },
  issued: async (db: Transaction, { codes, mail }: Payload<'invites.issued'>) => {
    if (mail) await queueIssued(db, mail)
    const people = codes.map(({ person }) => person)
    const entries = await findEntries(db, people)
    await queueMail(db, codeMails(codes, new Map(entries.map(({ id, person }) => [person, id]))))
  },
  reissued: async (db: Transactable, codes: Payload<'invites.reissued'>['codes']) => {
    const people = codes.map(({ person }) => person)
    const entries = await findEntries(db, people)
    const ids = new Map(entries.map(({ id, person }) => [person, id]))
    const mails = codes.flatMap(({ person, code, request_id }): NewMail[] => {
      const entryId = ids.get(person)
      if (!entryId) return []
      return [{ kind: 'invited', entryId, key: `${code} ${request_id}`, data: { codes: [code] } }]
    })
    await queueMail(db, mails)
  },
  movedUp: (db: Transactable, ids: readonly string[]) =>
    queueMail(
      db,
      ids.map((entryId) => ({ kind: 'moved_up', entryId })),
      daily,
    ),
})
export type Notifications = ReturnType<typeof openNotifications>
