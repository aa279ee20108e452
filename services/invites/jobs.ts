// What invites do by the clock.
import type { Database } from '@vobee/shared/database'
import type { Job } from '@vobee/shared/jobs'
import { expireCodes } from './queries/expiry.ts'

export const jobs = (db: Database): Job[] => [
  { name: 'expire-codes', cron: '* * * * *', run: () => expireCodes(db) },
]
