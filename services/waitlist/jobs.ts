// What the waitlist does by the clock.
import { type Database, transaction } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs'
import { applyCredits } from './line/credits.ts'
import { forgetLinks } from './mail/links.ts'
import type { News } from './mail/notifications.ts'

export type JobDeps = {
  db: Database
  rescore: () => Promise<void>
  moveMembers: () => Promise<void>
  news: News
}

const credit = (db: Database, news: News) =>
  transaction(db, async (connection) => news.movedUp(connection, await applyCredits(connection)))

export const jobs = ({ db, rescore, moveMembers, news }: JobDeps): Job[] => [
  { name: 'apply-credits', cron: '* * * * *', run: () => credit(db, news) },
  { name: 'rescore', cron: '* * * * *', run: rescore },
  { name: 'move-wave-members', cron: '* * * * *', run: moveMembers },
  { name: 'forget-links', cron: '47 * * * *', run: () => forgetLinks(db) },
]
