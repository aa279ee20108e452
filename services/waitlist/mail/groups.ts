// Mails that one event causes share a job: a group. A job, its fetch and its completion took 0.6 ms of
// CPU for each mail.
import type { MailKind, NewMail } from './mails.ts'

/** Mails of one kind, one to each entry. It says which of them were sent. */
export type MailGroup = {
  kind: MailKind
  /** By entry id. `key`: as in `NewMail`. */
  mails: Record<string, { key: string; codes?: string[] }>
  /** The entries whose mail was sent, or is no longer in this group. */
  sent?: string[]
}

/** Most mails in a group. */
const SIZE = 50

export const isGroup = (data: object): data is MailGroup => 'mails' in data

type KeyedMail = NewMail & { key: string }

// A mail without a key must find another of its kind that waits: the job is what names it. One that a
// person requested does not wait behind others.
const canShare = (mail: NewMail): mail is KeyedMail =>
  mail.key !== undefined && !mail.data?.asked && mail.kind !== 'link'

const groupOf = (mails: readonly KeyedMail[], kind: MailKind): MailGroup => {
  const entries = mails.map(({ entryId, key, data }) => [
    entryId,
    data?.codes ? { key, codes: data.codes } : { key },
  ])
  return { kind, mails: Object.fromEntries(entries) }
}

/** Returns the mails in groups of the same kind, and those that are queued singly. */
export const groupsOf = (
  mails: readonly NewMail[],
): { groups: MailGroup[]; singles: NewMail[] } => {
  const [groups, singles]: [MailGroup[], NewMail[]] = [[], mails.filter((one) => !canShare(one))]
  for (const [kind, same] of Map.groupBy(mails.filter(canShare), (mail) => mail.kind)) {
    const firsts = new Map(same.toReversed().map((mail) => [mail.entryId, mail]))
    // A group has one mail to an entry.
    singles.push(...same.filter((mail) => firsts.get(mail.entryId) !== mail))
    const shared = same.filter((mail) => firsts.get(mail.entryId) === mail)
    for (let n = 0; n < shared.length; n += SIZE) {
      const chunk = shared.slice(n, n + SIZE)
      if (chunk.length > 1) groups.push(groupOf(chunk, kind))
      else singles.push(...chunk)
    }
  }
  return { groups, singles }
}
