// What quality gates do by the clock.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs'
import type { QualityGatesSettings } from './config.ts'
import { evaluate } from './gate/evaluate.ts'
import { prune } from './gate/history.ts'

export const jobs = (db: Database, settings: QualityGatesSettings): Job[] => [
  {
    name: 'evaluate-gate',
    cron: '* * * * *',
    run: () => evaluate(db, settings, { name: 'clock' }),
  },
  { name: 'prune-history', cron: '30 3 * * *', run: () => prune(db, settings.HISTORY_DAYS) },
]
