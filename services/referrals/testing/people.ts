// The people of the tests, and the events of the other services about them.
import { randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { personKeys } from '@vobee/shared/privacy/email'
import type { TestDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { ReferralsSettings } from '../config.ts'
import type { ConsumerDeps } from '../consumers.ts'
import { defaultWeights } from '../fraud/weights.ts'
import { rewardTerms } from '../rewards/terms.ts'

type Entry = Payload<'waitlist.joined'>['entries'][number]
type Use = Payload<'invites.used'>['uses'][number]

export const personOf = personKeys(PERSON_KEY_SECRET)
export const emailOf = (name: string) => `${name}@example.com`
/** Returns the referral code of a person. */
export const codeOf = (name: string) => `CODE-${name.toUpperCase()}`

/** Returns the time so many seconds from now, as events carry it. */
export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

/** Returns a waitlist entry; `by` names the person whose code it carries. */
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

/** What the handlers need where a test calls them directly. */
export const consumerDeps: ConsumerDeps = {
  codes: { length: 8, days: 365 },
  personKey: personOf,
  terms: {
    isEnabled: true,
    holdFrom: 60,
    weights: defaultWeights,
    rewards: rewardTerms(testSettings(ReferralsSettings, 'postgres://unused'), () => null),
  },
}

/** Returns a function that publishes an event to referrals and waits until it is processed. */
export const publisher =
  (db: TestDatabase, app: () => FastifyInstance) =>
  async <Name extends EventName>(event: Name, payload: Payload<Name>) => {
    await db.owner.query('select referrals.publish($1, $2)', [event, JSON.stringify(payload)])
    await app().inbox.processBatch()
    const { rows } = await db.owner.query('select event, error from referrals.inbox')
    if (rows.length > 0) throw new Error(`not processed: ${JSON.stringify(rows)}`)
  }

/** Returns the items of all events of a kind that referrals published to a service. */
export const publishedTo = async (db: TestDatabase, service: string, event: string) => {
  const { rows } = await db.owner.query(
    `select payload from ${service}.inbox where event = $1 order by id`,
    [event],
  )
  return rows.flatMap(({ payload }) => payload.referrals ?? payload.grants ?? payload.recalls)
}

/** Describes the referrals of the named people, one line each. */
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
