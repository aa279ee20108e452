// What referrals does by the clock (UTC); every run leaves a row in automation_logs.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs'
import { expireClaims, expireCodes, logRun } from './codes/expiry.ts'

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
