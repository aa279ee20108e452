// Scheduled jobs, in UTC. Each run adds its rows to automation_logs.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import { expireClaims } from './attribution/claims.ts'
import { expireCodes } from './codes/expire-codes.ts'
import { logRun } from './reports/automation-log.ts'

export const jobs = (db: Database): Job[] => [
  {
    name: 'expire',
    cron: '0 2 * * *',
    run: async () => {
      await logRun(db, 'expire_codes', () => expireCodes(db))
      await logRun(db, 'expire_claims', () => expireClaims(db))
    },
  },
]
