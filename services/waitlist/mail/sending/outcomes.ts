// What becomes of a job after its mails were tried.
import type { JobOutcome } from '@vobee/shared/data/jobs/jobs'
import type { JobMail } from './job-mails.ts'
import type { Results } from './send.ts'

export const completed = (id: string): JobOutcome => ({ id, status: 'completed' })

export const failed = (id: string, reason: string): JobOutcome => ({
  id,
  status: 'failed',
  output: { reason },
})

export type Failure = { mail: JobMail; outcome: 'rejected' | 'delayed'; reason: string }

/** Returns the failed mails of a job, and those that were not tried. */
export const unsentOf = (jobId: string, { mails, byMail }: Results) => {
  const failures: Failure[] = []
  const untried: JobMail[] = []
  for (const mail of mails.filter((one) => one.jobId === jobId)) {
    const result = byMail.get(mail)
    if (!result) untried.push(mail)
    else if (result.outcome === 'delayed' || result.outcome === 'rejected')
      failures.push({ mail, ...result })
  }
  return { failures, untried }
}

/** Returns the outcome of a job with one mail. */
export const singleOutcome = (jobId: string, results: Results): JobOutcome => {
  const { failures, untried } = unsentOf(jobId, results)
  const [failure] = failures
  if (untried.length > 0) return failed(jobId, results.error ?? 'the process stopped')
  if (!failure) return completed(jobId)
  if (failure.outcome === 'delayed') return failed(jobId, failure.reason)
  return { id: jobId, status: 'deadletter', output: { reason: failure.reason } }
}
