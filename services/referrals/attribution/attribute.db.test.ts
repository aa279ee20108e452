import { transaction } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { handlers } from '../consumers.ts'
import {
  codeOf,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  referralsOf,
  teller,
  toldTo,
  use,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const tell = teller(db, () => app)
const join = (...entries: ReturnType<typeof joiner>[]) => tell('waitlist.joined', { entries })
const everyone = ['alice', 'bob', 'carol', 'dave']
const settled = () => referralsOf(db, everyone)
const credits = () => toldTo(db, 'waitlist', 'referrals.credited')

const share = (inviter: string, recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf(inviter), recipient_email: emailOf(recipient) },
  })

describe('the code that somebody brought', () => {
  test('credits its owner once, and tells those who are sent the news', async () => {
    await join(joiner('alice'))
    await join(joiner('bob', { by: 'alice' }))
    expect(await settled()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toEqual([
      {
        referral_id: expect.any(String),
        referrer: personOf(emailOf('alice')),
        person: personOf(emailOf('bob')),
        at: expect.any(String),
      },
    ])
    expect(await toldTo(db, 'quality_gates', 'referrals.credited')).toEqual(await credits())
  })

  test('credits an owner who is heard of later', async () => {
    await join(joiner('bob', { by: 'alice' }))
    expect(await settled()).toEqual([])
    await join(joiner('alice'))
    expect(await settled()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toHaveLength(1)
  })

  test('is found whatever its case, and in the same event as its owner', async () => {
    await join(joiner('bob', { referred_by: codeOf('alice').toLowerCase() }), joiner('alice'))
    expect(await settled()).toEqual(['alice → bob code counted pending'])
  })

  test('credits nothing twice when the join is told twice', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'))
    await join(bob, bob)
    await join(bob)
    expect(await credits()).toHaveLength(1)
  })

  test('becomes the code of the member, for a year', async () => {
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

  test('past its time is kept as void', async () => {
    await join(joiner('alice'))
    await join(joiner('bob', { by: 'alice', at: inSeconds(366 * 86_400) }))
    expect(await settled()).toEqual(['alice → bob code void code_expired pending'])
  })

  test('of the person themselves is kept as void', async () => {
    await join(joiner('alice', { by: 'alice' }))
    expect(await settled()).toEqual(['alice → alice code void self_referral pending'])
    expect(await credits()).toEqual([])
  })

  test('counts only when the entry is confirmed', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), { ...bob, confirmed: false })
    expect(await settled()).toEqual(['alice → bob code joined pending'])
    expect(await credits()).toEqual([])
    await join(bob)
    expect(await settled()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toHaveLength(1)
  })
})

describe('the claim of a share', () => {
  test('counts when the person joins without a code', async () => {
    await share('alice', 'bob')
    await join(joiner('bob'))
    expect(await settled()).toEqual(['alice → bob share counted pending'])
  })

  test('yields to the code that the person brings', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { by: 'carol' }))
    await join(joiner('carol'))
    expect(await settled()).toEqual([
      'alice → bob share claimed pending',
      'carol → bob code counted pending',
    ])
  })

  test('and the code of the same member are one referral', async () => {
    const { referral_id } = (await share('alice', 'bob')).json()
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    expect(await settled()).toEqual(['alice → bob code counted pending'])
    expect(await credits()).toMatchObject([{ referral_id }])
    expect((await share('alice', 'bob')).json()).toMatchObject({ referral_id })
    expect(await settled()).toEqual(['alice → bob code counted pending'])
  })

  test('counts for whoever claimed first', async () => {
    await share('alice', 'bob')
    await share('carol', 'bob')
    await join(joiner('bob'))
    expect(await settled()).toEqual([
      'alice → bob share counted pending',
      'carol → bob share claimed pending',
    ])
  })

  test('counts nothing when the person had joined before', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { at: inSeconds(-60) }))
    await join(joiner('carol', { at: inSeconds(-60) }))
    await share('alice', 'carol')
    expect(await settled()).toEqual([
      'alice → bob share claimed pending',
      'alice → carol share claimed pending',
    ])
  })

  test('counts nothing past its 30 days, whether or not the job has run', async () => {
    await share('alice', 'bob')
    await join(joiner('bob', { at: inSeconds(30 * 86_400 + 60) }))
    expect(await settled()).toEqual(['alice → bob share claimed pending'])
  })

  test('counts when it lived at the join, however late the join is heard', async () => {
    await share('alice', 'bob')
    await db.owner.query(
      `update referrals.referrals set status = 'expired',
         created_at = now() - interval '31 days', expires_at = now() - interval '1 day'`,
    )
    await join(joiner('bob', { at: inSeconds(-2 * 86_400) }))
    expect(await settled()).toEqual(['alice → bob share counted pending'])
  })
})

describe('rings', () => {
  test('two who claim each other make one referral, whoever is heard of first', async () => {
    const joins = [joiner('alice'), joiner('bob', { at: inSeconds(5) })]
    for (const order of [joins, joins.toReversed()]) {
      await db.empty()
      await share('alice', 'bob')
      await share('bob', 'alice')
      for (const entry of order) await join(entry)
      const states = (await settled()).map((words) => words.split(' ').slice(4).join(' '))
      expect(states.sort()).toEqual(['counted pending', 'void ring pending'])
      expect(await credits()).toHaveLength(1)
    }
  })

  test('in a ring told at once the one who joined last is void', async () => {
    const ring = [
      joiner('carol', { by: 'bob', at: inSeconds(3) }),
      joiner('alice', { by: 'carol', at: inSeconds(1) }),
      joiner('bob', { by: 'alice', at: inSeconds(2) }),
      joiner('dave', { by: 'carol', at: inSeconds(4) }),
    ]
    await join(...ring)
    expect(await settled()).toEqual([
      'alice → bob code counted pending',
      'bob → carol code void ring pending',
      'carol → alice code counted pending',
      'carol → dave code counted pending',
    ])
  })

  test('two replicas that settle both halves at once still let no ring through', async () => {
    const react = handlers(365, personOf)['waitlist.joined'].all
    const settle = (entry: ReturnType<typeof joiner>) =>
      transaction(app.database, (connection) => react(connection, [{ entries: [entry] }]))
    for (let round = 0; round < 20; round++) {
      const [a, b] = [`a${round}`, `b${round}`]
      await share(a, b)
      await share(b, a)
      await Promise.all([settle(joiner(a)), settle(joiner(b))])
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

  test('converts the referral, at the time of the first use, however often it is told', async () => {
    const [first, second] = [use('bob', { at: inSeconds(5) }), use('bob', { at: inSeconds(9) })]
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    await tell('invites.used', { uses: [second] })
    await tell('invites.used', { uses: [first, second] })
    expect(await converted()).toEqual([['converted', first.at]])
  })

  test('converts it also when it is heard of before the join', async () => {
    const used = use('bob')
    await tell('invites.used', { uses: [used] })
    await join(joiner('bob', { by: 'alice' }))
    await join(joiner('alice'))
    expect(await converted()).toEqual([['converted', used.at]])
  })

  test('converts no claim and nothing void', async () => {
    await share('alice', 'bob')
    await join(joiner('carol', { by: 'carol' }))
    await tell('invites.used', { uses: [use('bob'), use('carol')] })
    expect(await converted()).toEqual([
      ['pending', null],
      ['pending', null],
    ])
  })
})
