// The scheduled jobs of the waitlist.
import { type Database, transaction } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import type { WaitlistSettings } from './config.ts'
import { deleteEndedActions } from './entries/actions/bulk-run.ts'
import { rotateKeys } from './join/signal-keys.ts'
import { applyCredits } from './line/credits.ts'
import { deleteEndedMails } from './mail/issued-mails.ts'
import { deleteExpiredLinks } from './mail/links.ts'
import type { Notifications } from './mail/notifications.ts'
import { deleteWaveDetails } from './waves/delete-details.ts'

export type JobDeps = {
  db: Database
  rescore: () => Promise<void>
  continueWaves: () => Promise<void>
  runActions: () => Promise<void>
  settings: WaitlistSettings
  notifications: Notifications
}

const credit = (db: Database, notifications: Notifications) =>
  transaction(db, async (connection) =>
    notifications.movedUp(connection, await applyCredits(connection)),
  )

export const jobs = ({ db, settings, notifications, ...run }: JobDeps): Job[] => [
  { name: 'apply-credits', cron: '* * * * *', run: () => credit(db, notifications) },
  { name: 'rescore', cron: '* * * * *', run: run.rescore },
  { name: 'move-wave-members', cron: '* * * * *', run: run.continueWaves },
  { name: 'change-entries', cron: '* * * * *', run: run.runActions },
  { name: 'delete-ended-actions', cron: '51 3 * * *', run: () => deleteEndedActions(db) },
  {
    name: 'delete-wave-details',
    cron: '53 3 * * *',
    run: () => deleteWaveDetails(db, settings.WAVE_DETAILS_DAYS),
  },
  { name: 'rotate-signal-keys', cron: '43 * * * *', run: () => rotateKeys(db) },
  { name: 'forget-links', cron: '47 * * * *', run: () => deleteExpiredLinks(db) },
  { name: 'delete-ended-mails', cron: '49 * * * *', run: () => deleteEndedMails(db) },
]
