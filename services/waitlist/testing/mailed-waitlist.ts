// A waitlist that serves, and sends mail to a mailbox of the test file.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { type Email, useMailbox } from '@vobee/testing/mailbox'
import { PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

export const personKey = personKeys(PERSON_KEY_SECRET)

/** Returns the token for a purpose from a mail. */
export const tokenIn = (mail: Email | undefined, purpose: 'confirm' | 'token' | 'unsubscribe') =>
  new RegExp(`/me#${purpose}=([\\w-]{43})`).exec(mail?.text ?? '')?.[1]

export const useMailedWaitlist = (more: NodeJS.ProcessEnv = {}) => {
  const db = useDatabase()
  const mailbox = useMailbox()
  let app: FastifyInstance
  beforeAll(async () => {
    const env = { SMTP_URL: mailbox.url, PUBLIC_URL: 'https://vobee.example', ...more }
    app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist, env))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const hasQueue = `select true from waitlist_jobs.queue where name = 'mail'`
    await vi.waitUntil(
      () =>
        db.owner.query(hasQueue).then(
          ({ rowCount }) => rowCount === 1,
          () => false,
        ),
      { timeout: 10_000 },
    )
  })
  afterAll(() => app.close())

  const post = (path: string, payload: object, headers = {}) =>
    app.inject({ method: 'POST', url: `/api/waitlist/${path}`, payload, headers })
  const join = (email: string, answers: object = {}) =>
    post('join', { email, use_case: 'to see', persona: 'other', ...answers })
  const entry = async (email: string) => {
    const { rows } = await db.owner.query('select * from waitlist.entries where person = $1', [
      personKey(email),
    ])
    return rows[0]
  }
  /** Publishes an event to the waitlist, as another service. */
  const publish = <Name extends EventName>(event: Name, payload: Payload<Name>) =>
    db.owner.query('select waitlist.publish($1, $2)', [event, payload])
  /** Returns the payloads of the events in the inbox of `service`. */
  const published = async (service: string, event: EventName) => {
    const { rows } = await db.owner.query(
      `select payload from ${service}.inbox where event = $1 order by id`,
      [event],
    )
    return rows.map((row) => row.payload)
  }
  /** Requeues dead mails as the operations guide says. Returns how many jobs. */
  const requeueDead = async () => {
    const guide = await readFile(
      resolve(import.meta.dirname, '../../../docs/OPERATIONS.md'),
      'utf8',
    )
    const requeue = /```sql\n(with requeued as[\s\S]+?)```/.exec(guide)?.[1] as string
    return (await db.owner.query(requeue)).rowCount
  }
  /** Waits until every event is consumed and every mail is sent. */
  const allDone = () =>
    expect
      .poll(async () => {
        const { rows } = await db.owner.query(`
          select (select count(*)::int from waitlist.inbox)
            + (select count(*)::int from waitlist_jobs.job
               where name in ('mail', 'mail-groups') and state <= 'active') as left`)
        return rows[0].left
      })
      .toBe(0)
  return {
    ...{ db, mailbox, app: () => app, post, join, entry },
    ...{ publish, published, requeueDead, allDone },
  }
}
