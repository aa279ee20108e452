// Whether a queued mail still makes sense, and is welcome, at the moment it would be sent.
import type { Status } from '../line/statuses.ts'
import type { MailJob } from './queue.ts'

type Recipient = { status: Status; stopped: boolean }

export const isWanted = (job: MailJob, { status, stopped }: Recipient): boolean => {
  // Whoever is kept, in whatever state, may see, take and erase what is kept of them.
  if (job.kind === 'link') return true
  if (status === 'removed' || (stopped && !job.asked)) return false
  if (job.kind === 'moved_up') return status === 'waiting'
  return job.kind !== 'invited' || status === 'invited'
}
