// Scheduled jobs, in UTC. Names are those of pg-boss's queues: a new one would leave the old behind.
import { memoryUsage, uptime } from 'node:process'
import type { Database } from '@vobee/shared/data/database'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import { runJobs } from '@vobee/shared/service'
import type { FastifyInstance } from 'fastify'
import { expireClaims } from './attribution/claims.ts'
import { expireCodes } from './codes/expire-codes.ts'
import type { ReferralsSettings } from './config.ts'
import { deleteOldEvents } from './conversions/webhook-events.ts'
import { deleteOldPayments } from './counting/payments.ts'
import { deleteOldSignals } from './fraud/join-signals.ts'
import { deleteOldLogs, logRun } from './reports/automation-log.ts'
import { foldChanges } from './reports/counts.ts'
import { rollReferrers } from './reports/roll.ts'
import { expireRewards } from './rewards/expire-rewards.ts'
import type { RewardTerms } from './rewards/reconcile.ts'
import { awardBadges, grantDue } from './rewards/scheduled.ts'

/** A job of the automation worker, and its line in the log at start. */
type AutomationJob = Job & { title: string }

const readHealth = () => {
  const { rss, heapUsed } = memoryUsage()
  return { uptime_seconds: Math.round(uptime()), rss_bytes: rss, heap_used_bytes: heapUsed }
}

const automationJobs = (db: Database, rewards: RewardTerms): AutomationJob[] => [
  {
    name: 'expire',
    title: 'Daily: Expired codes cleanup (2:00 AM)',
    cron: '0 2 * * *',
    run: () => logRun(db, 'expire_codes', async () => ({ count: await expireCodes(db) })),
  },
  {
    name: 'health',
    title: 'Health check: Every 5 minutes',
    cron: '*/5 * * * *',
    run: () => logRun(db, 'health_check', async () => readHealth()),
  },
  {
    name: 'award-badges',
    title: 'Weekly: Badge awards check (Sunday 3:00 AM)',
    cron: '0 3 * * 0',
    run: () => logRun(db, 'award_badges', async () => ({ count: await awardBadges(db, rewards) })),
  },
]

const rewardJobs = (db: Database, rewards: RewardTerms): Job[] => [
  { name: 'grant-due', cron: '* * * * *', run: () => grantDue(db, rewards) },
  {
    name: 'expire-rewards',
    cron: '30 2 * * *',
    run: () => logRun(db, 'expire_rewards', async () => ({ count: await expireRewards(db) })),
  },
]

const expireAndLog = async (db: Database) => {
  const count = await expireClaims(db)
  return count > 0 ? { count } : null
}

/** Jobs that delete what is stored for a time. */
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
    run: () =>
      logRun(db, 'delete_join_signals', async () => ({
        count: await deleteOldSignals(db),
      })),
  },
]

const otherJobs = (db: Database, settings: ReferralsSettings): Job[] => [
  {
    name: 'expire-claims',
    cron: '* * * * *',
    run: () => logRun(db, 'expire_claims', () => expireAndLog(db)),
  },
  {
    name: 'keep-reports',
    cron: '* * * * *',
    run: async () => {
      await foldChanges(db)
      await rollReferrers(db)
    },
  },
  {
    name: 'delete-automation-logs',
    cron: '50 3 * * *',
    run: () => deleteOldLogs(db, settings.AUTOMATION_LOG_DAYS),
  },
]

/** Returns the jobs. `ENABLE_AUTOMATION_WORKER` is about those of the automation worker only. */
export const jobs = (db: Database, settings: ReferralsSettings, rewards: RewardTerms): Job[] => [
  ...(settings.ENABLE_AUTOMATION_WORKER ? automationJobs(db, rewards) : []),
  ...rewardJobs(db, rewards),
  ...otherJobs(db, settings),
  ...cleanUp(db),
]

/** Runs the jobs while the service serves, and logs those of the automation worker at start. */
export const scheduleJobs = (
  app: FastifyInstance,
  settings: ReferralsSettings,
  { rewards, more }: { rewards: RewardTerms; more: readonly Job[] },
) => {
  runJobs(app, 'referrals', settings, [...jobs(app.database, settings, rewards), ...more])
  if (!settings.ENABLE_AUTOMATION_WORKER) return
  app.addHook('onListen', async () => {
    app.log.info({ time_zone: 'UTC' }, 'Automation worker started successfully')
    for (const { name, title, cron } of automationJobs(app.database, rewards))
      app.log.info({ job: name, cron }, title)
  })
}
