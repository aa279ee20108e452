import { transaction } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { handlers } from '../consumers.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { recordJoins } from '../members/members.ts'
import {
  codeOf,
  consumerDeps,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  publisher,
  referralsOf,
  use,
} from '../testing/people.ts'
import { attribute } from './attribute.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const join = (...entries: ReturnType<typeof joiner>[]) => publish('waitlist.joined', { entries })
const everyone = ['alice', 'bob', 'carol', 'dave']
const referrals = () => referralsOf(db, everyone)
const credits = () => publishedTo(db, 'waitlist', 'referrals.credited')

const share = (inviter: string, recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf(inviter), recipient_email: emailOf(recipient) },
  })

describe('a join with a code', () => {
  test('credits the owner of the code once and publishes the credit', async () => {
    await join(joiner('alice'))
    await join(joiner('bob', { by: 'alice' }))
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toEqual([
      {
        referral_id: expect.any(String),
        revision: 1,
        referrer: personOf(emailOf('alice')),
        person: personOf(emailOf('bob')),
        at: expect.any(String),
      },
    ])
    expect(await publishedTo(db, 'quality_gates', 'referrals.credited')).toEqual(await credits())
  })

  test('credits an owner whose join arrives later', async () => {
    await join(joiner('bob', { by: 'alice' }))
    expect(await referrals()).toEqual([])
    await join(joiner('alice'))
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toHaveLength(1)
  })

  test('is attributed without reading the other members, also before they are analyzed', async () => {
    await db.owner.query(`
      with member as (
        insert into referrals.members (person, joined_at)
        select 'person ' || n, now() from generate_series(1, 5000) as n returning id
      ), code as (
        insert into referrals.referral_codes (user_id, code) select id, id::text from member
      )
      insert into referrals.referrals (referrer_user_id, referred_user_id, source, state)
      select id, id, 'code', 'counted' from member`)
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    const others = Array.from({ length: 200 }, (_, n) => joiner(`other ${n}`))
    const entries = [joiner('carol', { by: 'bob' }), ...others]
    const read = await transaction(app.database, async (connection) => {
      await lockAttribution(connection)
      await recordJoins(connection, entries, 365)
      expect(await attribute(connection, entries)).toEqual([personOf(emailOf('carol'))])
      const { rows } = await connection.query(`
        select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) as n
        from pg_stat_xact_user_tables where schemaname = 'referrals'`)
      return rows[0].n
    })
    expect(read).toBeLessThan(2_000)
    expect(await referrals()).toEqual([
      'alice → bob code counted pending',
      'bob → carol code joined pending',
    ])
  })

  test('finds the code in any case, also when its owner joins in the same event', async () => {
    await join(joiner('bob', { referred_by: codeOf('alice').toLowerCase() }), joiner('alice'))
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
  })

  test('credits once when the join is delivered twice', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'))
    await join(bob, bob)
    await join(bob)
    expect(await credits()).toHaveLength(1)
  })

  test('gives the member a code for a year', async () => {
    const alice = joiner('alice')
    await join(alice)
    const { rows } = await db.owner.query(
      `select code, is_active, expires_at - created_at = interval '365 days' as for_a_year, entry_id
       from referrals.referral_codes as code join referrals.members as member on member.id = user_id`,
    )
    expect(rows).toEqual([
      { code: codeOf('alice'), is_active: true, for_a_year: true, entry_id: alice.id },
    ])
  })

  test('is void when the code has expired', async () => {
    await join(joiner('alice'))
    await join(joiner('bob', { by: 'alice', at: inSeconds(366 * 86_400) }))
    expect(await referrals()).toEqual(['alice → bob code void code_expired pending'])
  })

  test('is void when the code is their own', async () => {
    await join(joiner('alice', { by: 'alice' }))
    expect(await referrals()).toEqual(['alice → alice code void self_referral pending'])
    expect(await credits()).toEqual([])
  })

  test('counts only once the entry is confirmed', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), { ...bob, confirmed: false })
    expect(await referrals()).toEqual(['alice → bob code joined pending'])
    expect(await credits()).toEqual([])
    await join(bob)
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toHaveLength(1)
  })
})

describe('a claim by a share', () => {
  test('counts when the person joins without a code', async () => {
    await share('alice', 'bob')
    await join(joiner('bob'))
    expect(await referrals()).toEqual(['alice → bob share counted pending'])
  })

  test('gives way to the code that the person joins with', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { by: 'carol' }))
    await join(joiner('carol'))
    expect(await referrals()).toEqual([
      'alice → bob share claimed pending',
      'carol → bob code counted pending',
    ])
  })

  test('and a code of the same member are one referral', async () => {
    const { referral_id } = (await share('alice', 'bob')).json()
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toMatchObject([{ referral_id }])
    expect((await share('alice', 'bob')).json()).toMatchObject({ referral_id })
    expect(await referrals()).toEqual(['alice → bob code counted pending'])
  })

  test('counts for the member who claimed first', async () => {
    await share('alice', 'bob')
    await share('carol', 'bob')
    await join(joiner('bob'))
    expect(await referrals()).toEqual([
      'alice → bob share counted pending',
      'carol → bob share claimed pending',
    ])
  })

  test('does not count when the person joined before it', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { at: inSeconds(-60) }))
    await join(joiner('carol', { at: inSeconds(-60) }))
    await share('alice', 'carol')
    expect(await referrals()).toEqual([
      'alice → bob share claimed pending',
      'alice → carol share claimed pending',
    ])
  })

  test('does not count after 30 days, whether or not the job has run', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { at: inSeconds(30 * 86_400 + 60) }))
    expect(await referrals()).toEqual(['alice → bob share claimed pending'])
  })

  test('counts when it was valid at the join, however late the join arrives', async () => {
    await share('alice', 'bob')
    await db.owner.query(
      `update referrals.referrals set status = 'expired',
         created_at = now() - interval '31 days', expires_at = now() - interval '1 day'`,
    )
    await join(joiner('bob', { at: inSeconds(-2 * 86_400) }))
    expect(await referrals()).toEqual(['alice → bob share counted pending'])
  })
})

describe('rings', () => {
  test('two people who claim each other make one referral, in either order of their joins', async () => {
    const joins = [joiner('alice'), joiner('bob', { at: inSeconds(5) })]
    for (const order of [joins, joins.toReversed()]) {
      await db.empty()
      await share('alice', 'bob')
      await share('bob', 'alice')
      for (const entry of order) await join(entry)
      const states = (await referrals()).map((words) => words.split(' ').slice(4).join(' '))
      expect(states.sort()).toEqual(['counted pending', 'void ring pending'])
      expect(await credits()).toHaveLength(1)
    }
  })

  test('in a ring within one event the referral of the last to join is void', async () => {
    const ring = [
      joiner('carol', { by: 'bob', at: inSeconds(3) }),
      joiner('alice', { by: 'carol', at: inSeconds(1) }),
      joiner('bob', { by: 'alice', at: inSeconds(2) }),
      joiner('dave', { by: 'carol', at: inSeconds(4) }),
    ]
    await join(...ring)
    expect(await referrals()).toEqual([
      'alice → bob code counted pending',
      'bob → carol code void ring pending',
      'carol → alice code counted pending',
      'carol → dave code counted pending',
    ])
  })

  test('a referral of a blocked member may count again, so no other closes a ring with it', async () => {
    await share('alice', 'bob')
    await join(joiner('bob'))
    await db.owner.query('update referrals.members set blocked_at = now() where person = $1', [
      personOf(emailOf('alice')),
    ])
    await join(joiner('bob'))
    await share('bob', 'alice')
    await join(joiner('alice'))
    expect(await referrals()).toEqual([
      'alice → bob share void blocked pending',
      'bob → alice share void ring pending',
    ])
  })

  test('two replicas that attribute both halves at once let no ring through', async () => {
    const handle = handlers(consumerDeps)['waitlist.joined'].all
    const attribute = (entry: ReturnType<typeof joiner>) =>
      transaction(app.database, (connection) => handle(connection, [{ entries: [entry] }]))
    for (let round = 0; round < 20; round++) {
      const [a, b] = [`a${round}`, `b${round}`]
      await share(a, b)
      await share(b, a)
      await Promise.all([attribute(joiner(a)), attribute(joiner(b))])
      const states = (await referralsOf(db, [a, b])).map((words) => words.split(' ')[4])
      expect(states.sort()).toEqual(['counted', 'void'])
    }
  })
})

describe('a redeemed invite', () => {
  const converted = async () => {
    const { rows } = await db.owner.query(
      'select status, converted_at from referrals.referrals order by state',
    )
    return rows.map(({ status, converted_at }) => [status, converted_at?.toISOString() ?? null])
  }

  test('converts the referral once, at the time of the first use', async () => {
    const [first, second] = [use('bob', { at: inSeconds(5) }), use('bob', { at: inSeconds(9) })]
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    await publish('invites.used', { uses: [second] })
    await publish('invites.used', { uses: [first, second] })
    expect(await converted()).toEqual([['converted', first.at]])
  })

  test('converts the referral also when the use arrives before the join', async () => {
    const used = use('bob')
    await publish('invites.used', { uses: [used] })
    await join(joiner('bob', { by: 'alice' }))
    await join(joiner('alice'))
    expect(await converted()).toEqual([['converted', used.at]])
  })

  test('converts neither a claim nor a void referral', async () => {
    await share('alice', 'bob')
    await join(joiner('carol', { by: 'carol' }))
    await publish('invites.used', { uses: [use('bob'), use('carol')] })
    expect(await converted()).toEqual([
      ['pending', null],
      ['pending', null],
    ])
  })
})
