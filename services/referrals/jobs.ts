// Scheduled jobs, in UTC. Each run adds its rows to automation_logs.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import { expireClaims } from './attribution/claims.ts'
import { expireCodes } from './codes/expire-codes.ts'
import { deleteOldEvents } from './conversions/webhook-events.ts'
import { deleteOldPayments } from './counting/payments.ts'
import { deleteOldSignals } from './fraud/join-signals.ts'
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

/** Jobs that delete what is stored for a time. They always run. */
export const cleanUp = (db: Database): Job[] => [
  {
    name: 'delete-old-payments',
    cron: '27 * * * *',
    run: async () => {
      await deleteOldPayments(db)
      await deleteOldEvents(db)
    },
  },
  {
    name: 'delete-join-signals',
    cron: '37 3 * * *',
    run: () => logRun(db, 'delete_join_signals', () => deleteOldSignals(db)),
  },
]
