// The people of the tests, and what the other services tell about them.
import { randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { personKeys } from '@vobee/shared/privacy/email'
import type { TestDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'

type Entry = Payload<'waitlist.joined'>['entries'][number]
type Use = Payload<'invites.used'>['uses'][number]

export const personOf = personKeys(PERSON_KEY_SECRET)
export const emailOf = (name: string) => `${name}@example.com`
/** The code that the waitlist gave to a person of that name. */
export const codeOf = (name: string) => `CODE-${name.toUpperCase()}`

/** Seconds from now, as the events say it. */
export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

/** One who joined; `by` names who sent them by code. */
export const joiner = (
  name: string,
  { by, ...more }: { by?: string } & Partial<Entry> = {},
): Entry => ({
  id: randomUUID(),
  person: personOf(emailOf(name)),
  referral_code: codeOf(name),
  referred_by: by ? codeOf(by) : null,
  confirmed: true,
  at: inSeconds(1),
  ...more,
})

export const use = (name: string, more: Partial<Use> = {}): Use => ({
  use_id: randomUUID(),
  person: personOf(emailOf(name)),
  batch_id: 'BATCH',
  grant_id: null,
  at: inSeconds(2),
  ...more,
})

/** Puts an event into the inbox as its teller would, and has it handled. */
export const teller =
  (db: TestDatabase, app: () => FastifyInstance) =>
  async <Name extends EventName>(event: Name, payload: Payload<Name>) => {
    await db.owner.query('select referrals.publish($1, $2)', [event, JSON.stringify(payload)])
    await app().inbox.processBatch()
    const { rows } = await db.owner.query('select event, error from referrals.inbox')
    if (rows.length > 0) throw new Error(`not handled: ${JSON.stringify(rows)}`)
  }

/** What referrals told others of these events, flattened. */
export const toldTo = async (db: TestDatabase, service: string, event: string) => {
  const { rows } = await db.owner.query(
    `select payload from ${service}.inbox where event = $1 order by id`,
    [event],
  )
  return rows.flatMap(({ payload }) => payload.referrals ?? payload.grants)
}

/** The referral of each referred person of these names, in words. */
export const referralsOf = async (db: TestDatabase, names: string[]) => {
  const nameOf = Object.fromEntries(names.map((name) => [personOf(emailOf(name)), name]))
  const { rows } = await db.owner.query(
    `select referrer.person as by, referred.person as of, source, state, reason, status
     from referrals.referrals as referral
     join referrals.members as referrer on referrer.id = referrer_user_id
     join referrals.members as referred on referred.id = referred_user_id
     where referrer.person = any ($1) or referred.person = any ($1)`,
    [Object.keys(nameOf)],
  )
  return rows
    .map(({ by, of, source, state, reason, status }) =>
      [nameOf[by], '→', nameOf[of], source, state, reason, status].filter(Boolean).join(' '),
    )
    .sort()
}
