// What the waitlist does by the clock.
import type { Database } from '@vobee/shared/database'
import type { Job } from '@vobee/shared/jobs'
import { applyCredits } from './queries/credits.ts'

export const jobs = (db: Database): Job[] => [
  { name: 'apply-credits', cron: '* * * * *', run: () => applyCredits(db) },
]
