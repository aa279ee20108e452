// What invites does on a schedule.
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import { expireCodes } from './batches/expire.ts'
import { applyPendingExtensions } from './batches/extend-batch.ts'
import { deleteCodeDetails } from './codes/delete-details.ts'
import type { InvitesSettings } from './config.ts'
import { publishOldGrants } from './issuing/grants.ts'
import { deleteExpiredReservations } from './reservations/delete-expired.ts'
import { applyPending } from './revocation/apply.ts'

// The names are those of pg-boss's queues: a new name would leave the old queue behind.
export const jobs = (db: Database, { CODE_DETAILS_DAYS }: InvitesSettings): Job[] => [
  { name: 'expire-codes', cron: '* * * * *', run: () => expireCodes(db) },
  { name: 'settle-revocations', cron: '* * * * *', run: () => applyPending(db) },
  { name: 'apply-extensions', cron: '* * * * *', run: () => applyPendingExtensions(db) },
  { name: 'publish-old-grants', cron: '* * * * *', run: () => publishOldGrants(db) },
  { name: 'tidy-reservations', cron: '20 3 * * *', run: () => deleteExpiredReservations(db, 30) },
  {
    name: 'delete-code-details',
    cron: '40 3 * * *',
    run: () => deleteCodeDetails(db, CODE_DETAILS_DAYS),
  },
]
