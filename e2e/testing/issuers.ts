// Two replicas of each service on one database, and calls that issue codes.
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { personKeys } from '@vobee/shared/privacy/email'
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import * as waitlist from '@vobee/waitlist'
import type { FastifyInstance } from 'fastify'
import { moveMembers } from '../../services/waitlist/waves/members.ts'

const settingsOf = <S extends Parameters<typeof testSettings>[0]>(shape: S, url: string) =>
  testSettings(shape, url, { RATE_LIMITS: 'off' })

const buildReplica = ({ urls }: TestDatabase) => ({
  waitlist: waitlist.buildApp(settingsOf(waitlist.Settings, urls.waitlist)),
  invites: invites.buildApp(settingsOf(invites.Settings, urls.invites)),
  referrals: referrals.buildApp(settingsOf(referrals.Settings, urls.referrals)),
  quality: qualityGates.buildApp(settingsOf(qualityGates.Settings, urls['quality-gates'])),
})
type Replica = ReturnType<typeof buildReplica>

const personKey = personKeys(PERSON_KEY_SECRET)
const emailOf = (n: number) => `referrer${n}@example.com`

/** Inserts members from `from` on, each with one counted referral and so with one grant due. */
const insertReferrers = ({ owner }: TestDatabase, from: number, count: number) =>
  owner.query(
    `with referrers as (
       insert into referrals.members (person) select unnest($1::text[]) returning id
     ), referred as (
       insert into referrals.members (person) select 'friend of ' || id from referrers
       returning id, person
     )
     insert into referrals.referrals (referrer_user_id, referred_user_id, source, state)
     select referrers.id, referred.id, 'code', 'counted'
     from referrers join referred on referred.person = 'friend of ' || referrers.id`,
    [Array.from({ length: count }, (_, n) => personKey(emailOf(from + n)))],
  )

const insertEntries = ({ owner }: TestDatabase, count: number) =>
  owner.query(
    `insert into waitlist.entries
       (person, email, use_case, persona, referral_code, answers_score, score)
     select id, id, 'to see', 'other', id, 5, 5
     from (select gen_random_uuid()::text as id from generate_series(1, $1::int)) as people`,
    [count],
  )

/** Publishes events about people that nobody knows. */
export const fillInboxes = ({ owner }: TestDatabase, count: number) =>
  owner.query(
    `insert into waitlist.inbox (event, payload)
     select 'invites.used', payload from events;
     insert into referrals.inbox (event, payload)
     select 'invites.used', payload from events;
     insert into invites.inbox (event, payload)
     select 'person.forgotten', jsonb_build_object(
       'person', gen_random_uuid(), 'pseudonym', gen_random_uuid(), 'at', now()
     ) from events`.replaceAll(
      'from events',
      `from (
         select jsonb_build_object('uses', jsonb_build_array(jsonb_build_object(
           'use_id', gen_random_uuid(), 'person', gen_random_uuid(), 'batch_id', 'none',
           'grant_id', null, 'at', now()
         ))) as payload from generate_series(1, ${count})
       ) as events`,
    ),
  )

const post = (app: FastifyInstance, path: string, payload: object) =>
  app.inject({ method: 'POST', url: `/api/${path}`, headers: asAdmin, payload })

/** Calls of the kinds that the gate decides, each with what it needs to issue a code. */
const callsTo = (db: TestDatabase, replicas: readonly Replica[]) => {
  let referrers = 0
  let inserted = 0
  let inserting: Promise<unknown> = Promise.resolve()
  /** Returns a referrer whose grant is due. Every lane waits for an insertion in progress. */
  const nextReferrer = async () => {
    const n = referrers++
    if (n >= inserted) {
      inserting = insertReferrers(db, inserted, 100)
      inserted += 100
    }
    await inserting
    return emailOf(n)
  }
  const replica = (n: number) => replicas[n % replicas.length] as Replica
  return {
    generate: (n: number) => post(replica(n).invites, 'invites/generate', { batch_size: 20 }),
    release: (n: number) =>
      post(replica(n).waitlist, 'waitlist/release', { count: n % 5 ? 3 : 2_500 }),
    earn: async (n: number) =>
      post(replica(n).referrals, 'referrals/earn', { user_email: await nextReferrer() }),
  }
}

/** Starts the services on the database. */
export const openIssuers = (db: TestDatabase) => {
  const replicas = [buildReplica(db), buildReplica(db)]
  const apps = replicas.flatMap((replica) => Object.values(replica))
  const moving = { isStopping: () => false, maxGateAge: () => null }
  return {
    calls: callsTo(db, replicas),
    insertEntries: (count: number) => insertEntries(db, count),
    startConsumers: () => {
      for (const { inbox } of apps) inbox.start()
    },
    /** Runs the job that continues waves, on both replicas. */
    continueWaves: () =>
      Promise.all(replicas.map(({ waitlist }) => moveMembers(waitlist.database, moving))),
    changeGate: (path: string, body: object, n: number) =>
      post((replicas[n % 2] as Replica).quality, `quality/${path}`, body),
    close: () => Promise.all(apps.map((app) => app.close())),
  }
}
