// The mails of a fetched job.
import type { Queued } from '@vobee/shared/data/jobs/jobs'
import { isGroup, type MailGroup } from '../groups.ts'
import type { IssuedJob, MailJob } from '../mails.ts'
import { mailId } from '../queue.ts'

/** A mail that is about to be sent. */
export type JobMail = {
  /** The same at each attempt: its Message-ID. */
  id: string
  jobId: string
  data: MailJob | IssuedJob
  /** In a group. */
  key?: string
}

const isLeft = ({ sent }: MailGroup) => {
  const done = new Set(sent)
  return (entryId: string) => !done.has(entryId)
}

/** Returns the mails of a job that were not sent yet. */
export const mailsOf = ({ id: jobId, data }: Queued): JobMail[] => {
  if (!isGroup(data as object)) return [{ id: jobId, jobId, data: data as MailJob | IssuedJob }]
  const group = data as MailGroup
  const { kind } = group
  return Object.keys(group.mails)
    .filter(isLeft(group))
    .map((entryId) => {
      const { key, codes } = group.mails[entryId] as MailGroup['mails'][string]
      const mail = { kind, entry_id: entryId, ...(codes && { codes }) }
      return { id: mailId({ kind, entryId, key }), jobId, data: mail, key }
    })
}
