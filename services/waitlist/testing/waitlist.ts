// A waitlist for tests, with three keys: an admin's, one that writes, one that reads.
import { identifyBy } from '@vobee/shared/auth/callers'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { ADMIN_KEY, asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const writer = 'a-key-that-may-write-the-waitlist-alone'
const reader = 'a-key-that-may-read-the-waitlist-alone-'
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

export const asWriter = bearer(writer)
export const asReader = bearer(reader)
export const asNobody = bearer('a-key-that-nobody-has-ever-been-given')

export const personKey = personKeys(PERSON_KEY_SECRET)

export const personas = ['agency', 'small_team', 'solo_founder', 'content_creator', 'other']

type Headers = Partial<typeof asAdmin> & { accept?: string }

/** Two replicas on the database of the test file, emptied before each test. */
export const useWaitlist = () => {
  const db = useDatabase()
  const replicas: FastifyInstance[] = []
  const app = (replica = 0) => replicas[replica % 2] as FastifyInstance

  beforeAll(() => {
    const identify = identifyBy([
      { name: 'env', secret: ADMIN_KEY, scopes: ['admin'] },
      { name: 'writer', secret: writer, scopes: ['waitlist:write'] },
      { name: 'reader', secret: reader, scopes: ['waitlist:read'] },
    ])
    const build = () => buildApp(testSettings(WaitlistSettings, db.urls.waitlist), identify)
    replicas.push(build(), build())
  })
  afterAll(() => Promise.all(replicas.map((replica) => replica.close())))
  beforeEach(db.empty)

  const join = (email: string, more: object = {}, replica = 0) =>
    app(replica).inject({
      method: 'POST',
      url: '/api/waitlist/join',
      payload: { email, use_case: 'to see', persona: 'other', ...more },
    })
  const read = (path: string, headers: Headers = asAdmin) =>
    app().inject({ url: `/api/waitlist/${path}`, headers })
  const post = (path: string, payload: object, headers: Headers = asAdmin, replica = 0) =>
    app(replica).inject({ method: 'POST', url: `/api/waitlist/${path}`, headers, payload })
  /** `n1@example.com` …, with the five personas in turn: scores 20, 15, 10, 8, 5. */
  const crowd = async (count: number) => {
    for (let n = 1; n <= count; n++) {
      await join(`n${n}@example.com`, { persona: personas[(n - 1) % 5] })
    }
  }
  const idOf = async (email: string): Promise<string> => {
    const { rows } = await db.owner.query('select id from waitlist.entries where person = $1', [
      personKey(email),
    ])
    return rows[0].id
  }
  /** Inserts `count` waiting entries; the later half has the higher score. */
  const line = (count: number) =>
    db.owner.query(
      `insert into waitlist.entries
         (person, email, use_case, persona, referral_code, referred_by, answers_score, score, utm)
       select 'p' || n, n || '@example.com', 'case ' || n, case when n % 2 = 0 then 'agency' else 'other' end,
              'CODE' || n, case when n % 5 = 0 then 'FRIEND' end, s, s,
              case when n % 10 = 0 then '{"utm_source": "news"}'::jsonb else '{}' end
       from generate_series(1, $1::int) as n, lateral (select case when n > $1 / 2 then 20 else 10 end as s) as scored`,
      [count],
    )
  /** Returns the payloads of the waves published to invites. */
  const published = async () => {
    const { rows } = await db.owner.query(
      `select payload from invites.inbox where event = 'waitlist.released' order by id`,
    )
    return rows.map((row) => row.payload)
  }
  /** Returns the people who left the line with a wave, in its order. */
  const invited = async (wave_id: string): Promise<string[]> => {
    const { rows } = await db.owner.query(
      `select person from waitlist.entries
       where wave_id = $1 and status = 'invited' and invited_at is not null
       order by score desc, arrival`,
      [wave_id],
    )
    return rows.map((row) => row.person)
  }
  return { db, app, join, read, post, crowd, idOf, line, published, invited }
}
