// What invites do by the clock.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs'
import { expireCodes } from './batches/expire.ts'
import { tidyReservations } from './reservations/finish.ts'
import { settleAll } from './revocation/apply.ts'

export const jobs = (db: Database): Job[] => [
  { name: 'expire-codes', cron: '* * * * *', run: () => expireCodes(db) },
  { name: 'settle-revocations', cron: '* * * * *', run: () => settleAll(db) },
  { name: 'tidy-reservations', cron: '20 3 * * *', run: () => tidyReservations(db, 30) },
]
