// Scheduled jobs, in UTC.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import type { QualityGatesSettings } from './config.ts'
import { evaluate } from './gate/evaluate.ts'
import { deleteHistory } from './gate/history.ts'

export const jobs = (db: Database, settings: QualityGatesSettings): Job[] => [
  {
    name: 'evaluate-gate',
    cron: '* * * * *',
    run: () => evaluate(db, settings, { name: 'clock' }),
  },
  {
    name: 'prune-history',
    cron: '30 3 * * *',
    run: () => deleteHistory(db, settings.HISTORY_DAYS),
  },
]
