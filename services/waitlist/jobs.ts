// What the waitlist does by the clock.
import type { Database } from '@vobee/shared/database'
import type { Job } from '@vobee/shared/jobs'
import { applyCredits } from './queries/credits.ts'

export type JobDeps = {
  db: Database
  rescore: () => Promise<void>
  moveMembers: () => Promise<void>
}

export const jobs = ({ db, rescore, moveMembers }: JobDeps): Job[] => [
  { name: 'apply-credits', cron: '* * * * *', run: () => applyCredits(db) },
  { name: 'rescore', cron: '* * * * *', run: rescore },
  { name: 'move-wave-members', cron: '* * * * *', run: moveMembers },
]
