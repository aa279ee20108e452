// What a system still has to do: events in the inboxes, and mails in the queue.
import { setTimeout as wait } from 'node:timers/promises'
import { services } from '@vobee/database/roles'
import type { System } from './start-system.ts'

const inbox = (service: string) => `(select count(*) from ${service.replaceAll('-', '_')}.inbox)`

/** Returns how many events wait in the inboxes. */
export const countEvents = async ({ owner }: System): Promise<number> => {
  const { rows } = await owner.query(`select ${services.map(inbox).join(' + ')} as events`)
  return Number(rows[0].events)
}

const hasMail = async ({ owner }: System): Promise<boolean> => {
  const { rows } = await owner.query(`
    select exists (
      select from waitlist_jobs.job where name in ('mail', 'mail-groups') and state < 'completed'
    ) as found`)
  return rows[0].found
}

/** Resolves when every event is processed. */
export const untilProcessed = async (system: System) => {
  while ((await countEvents(system)) > 0) await wait(100)
}

/** Deletes the mails of the previous run, so that each run starts with an empty queue. */
export const discardMails = async (system: System) => {
  await untilProcessed(system)
  while (await hasMail(system)) {
    await system.owner.query(
      `delete from waitlist_jobs.job where name in ('mail', 'mail-groups') and state < 'active'`,
    )
    await wait(100)
    await untilProcessed(system)
  }
}
