// Whether a queued mail still makes sense and is welcome when it is about to be sent.
import type { Status } from '../line/statuses.ts'
import type { MailJob } from './mails.ts'

type Recipient = { status: Status; stopped: boolean }

export const isWanted = (job: MailJob, { status, stopped }: Recipient): boolean => {
  // Everybody with an entry, in any status, may sign in to see, export and erase their data.
  if (job.kind === 'link') return true
  if (status === 'removed' || (stopped && !job.asked)) return false
  if (job.kind === 'moved_up') return status === 'waiting'
  return job.kind !== 'invited' || status === 'invited'
}
