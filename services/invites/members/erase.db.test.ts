// Erasing a person: nothing names them any more, and all counts stay.
import { randomUUID } from 'node:crypto'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { findRows } from '@vobee/testing/find-rows'
import { asMember } from '@vobee/testing/members'
import { asAdmin, PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const personKey = personKeys(PERSON_KEY_SECRET)
const ada = 'Ada+vobee@Example.com'
const person = personKey(ada)
const pseudonym = 'erased-0123'

const processInbox = async () => {
  while ((await invites.app.inbox.processBatch()) !== 0);
}

const publish = (event: string, payload: object) =>
  db.owner.query('select invites.publish($1, $2)', [event, payload])

const erased = (named = pseudonym) =>
  publish('person.erased', { person, pseudonym: named, at: new Date().toISOString() })

/** Makes the events that are to be handled again due. */
const makeDue = () => db.owner.query('update invites.inbox set try_at = now()')

const entry_id = randomUUID()
const masked = 'A***@E***.com'

const release = (of = person) =>
  publish('waitlist.released', {
    wave_id: randomUUID(),
    people: [{ entry_id, person: of, masked }],
    at: new Date().toISOString(),
  })

const grant = (of = person) =>
  publish('referrals.earned', {
    grants: [{ grant_id: randomUUID(), person: of, codes: 2, reason: 'tier', masked }],
  })

const block = (of = person) =>
  publish('referrals.blocked', {
    people: [{ person: of, reason: 'blocked' }],
    at: new Date().toISOString(),
  })

/** Returns the rows that contain one of the words. */
const found = (...words: string[]) =>
  findRows(db.owner, ['invites'], words.map((word) => word.replace(/[+.]/g, '\\$&')).join('|'))

const words = [ada, 'ada@example.com', person]

const audit = async () => {
  const reply = await invites.get('status?audit=1')
  return reply.json().audit.filter(({ ok }: { ok: boolean }) => !ok)
}

/** Puts Ada into every row that may name a person. Returns the code that she used, of two uses. */
const adaEverywhere = async () => {
  await release()
  await grant()
  await processInbox()
  const [used = ''] = await invites.generate({ max_uses: 2 })
  await invites.redeem(used, ada)
  const [held] = await invites.generate({ max_uses: 3 })
  await invites.post('reserve', { code: held, email: ada })
  const metadata = { for: 'ada@example.com' }
  await invites.generate({ issued_to: ada, metadata, batch_id: 'hers' })
  // As version 0.2.0 stored them.
  await invites.generate({ batch_id: 'created' })
  await db.owner.query(
    `update invites.batches set created_by = $1, creator_person = $2 where batch_id = 'created'`,
    [ada, person],
  )
  await block()
  await processInbox()
  const reason = 'ADA@example.com asked, not linda.ada@example.com'
  await invites.post('batches/hers/revoke', { reason })
  expect(await found(...words)).toHaveLength(10)
  return { used, held }
}

describe('an erased person', () => {
  test('is named in no row, and their uses and codes stay counted', async () => {
    const { used, held = '' } = await adaEverywhere()
    await erased()
    await processInbox()
    await makeDue()
    await processInbox()
    const entry = [entry_id, 'a\\*{3}@e']
    expect(await found(person, '(^|[^.])ada@example', 'vobee@example', ...entry)).toEqual([])
    expect(await audit()).toEqual([])
    const { rows } = await db.owner.query(
      `select (select email from invites.uses) as email,
              (select person from invites.uses) as person,
              (select cancelled_at is not null from invites.reservations) as given_back,
              (select count(*)::int from invites.codes where issued_person = $1) as issued,
              (select count(*)::int from invites.batches where owner_person = $1) as earned,
              (select created_by from invites.batches where creator_person = $1) as created_by,
              (select metadata from invites.batches where batch_id = 'hers') as metadata,
              (select reason from invites.audit where act = 'invites.revoked') as reason,
              (select is_blocked from invites.blocks where person = $1) as blocked`,
      [pseudonym],
    )
    expect(rows).toEqual([
      {
        email: `${pseudonym}@erased.invalid`,
        person: pseudonym,
        given_back: true,
        issued: 2,
        earned: 1,
        created_by: `${pseudonym}@erased.invalid`,
        metadata: { for: pseudonym },
        reason: `${pseudonym} asked, not linda.ada@example.com`,
        blocked: true,
      },
    ])
    const left = (code: string) => invites.post('validate', { code }, {})
    expect((await left(used)).json().remaining_uses).toBe(1)
    expect((await left(held ?? '')).json().remaining_uses).toBe(3)
  })

  test('a person who returns is new: a code that they used is used once more, or has no uses left', async () => {
    const { used } = await adaEverywhere()
    await erased()
    await processInbox()
    expect((await invites.redeem(used, ada)).statusCode).toBe(200)
    const third = await invites.redeem(used, 'ada@example.com')
    expect(third.statusCode).toBe(200)
    expect((await invites.redeem(used, 'bob@example.com')).json().code).toBe('code_already_used')
    expect(await audit()).toEqual([])
  })

  test('gets a pseudonym in pending events that were published before, not in later ones', async () => {
    await release()
    await grant()
    await block()
    await publish('referrals.earned', { grants: 'broken', of: person })
    await erased()
    await release()
    await processInbox()
    const { rows } = await db.owner.query(
      `select coalesce(issued_person, owner_person) as person, count(*)::int
       from invites.codes join invites.batches as batch on batch.id = batch
       group by 1 order by 1`,
    )
    expect(rows).toEqual(
      [
        { person, count: 1 },
        { person: pseudonym, count: 3 },
      ].sort((a, b) => (a.person < b.person ? -1 : 1)),
    )
    const entries = await db.owner.query(
      'select issued_person, entry_id, issued_masked from invites.codes where wave_id is not null',
    )
    expect(new Set(entries.rows)).toEqual(
      new Set([
        { issued_person: pseudonym, entry_id: null, issued_masked: null },
        { issued_person: person, entry_id, issued_masked: masked },
      ]),
    )
    const stored = await db.owner.query(
      `select payload ->> 'of' as of from invites.inbox where attempts > 0
       union all select person from invites.blocks`,
    )
    expect(stored.rows).toEqual([{ of: pseudonym }, { of: pseudonym }])
  })

  test('a repeated event, at once or later, erases nothing of a person who has returned since', async () => {
    await adaEverywhere()
    await erased()
    await erased()
    await processInbox()
    await release()
    await grant()
    await block()
    await processInbox()
    const [code = ''] = await invites.generate()
    await invites.redeem(code, ada)
    await erased()
    await makeDue()
    await processInbox()
    expect((await found(person)).map((row) => row.split(':')[0]).sort()).toEqual([
      'invites.batches',
      'invites.blocks',
      'invites.codes',
      'invites.uses',
    ])
  })

  test('is erased from transactions in progress, and from what referrals published meanwhile', async () => {
    const [code = ''] = await invites.generate()
    await block()
    await erased()
    await processInbox()
    await invites.redeem(code, ada)
    await db.owner.query(`update invites.uses set used_at = now() - interval '1 minute'`)
    await grant()
    await block()
    await publish('person.forgotten', { person, pseudonym, at: new Date().toISOString() })
    await processInbox()
    await makeDue()
    await processInbox()
    expect(await found(person, 'ada@example', 'vobee@')).toEqual([])
    expect(await audit()).toEqual([])
  })

  test('can be erased while they and others redeem: no use is lost and no name is left', async () => {
    const [shared = ''] = await invites.generate({ max_uses: 40 })
    const redeemers = Array.from({ length: 32 }, (_, n) => `person${n}@example.com`)
    await release()
    await processInbox()
    await Promise.all([
      ...redeemers.map((email) => invites.redeem(shared, email)),
      ...[shared, shared].map((code) => invites.redeem(code, ada)),
      erased().then(processInbox),
      invites.post('reserve', { code: shared, email: ada }),
    ])
    await db.owner.query(`
      update invites.uses set used_at = used_at - interval '1 minute';
      update invites.reservations set created_at = created_at - interval '1 minute'`)
    await makeDue()
    await processInbox()
    expect(await found(person, 'ada@example', 'vobee@')).toEqual([])
    expect(await audit()).toEqual([])
    // A person who redeems before and after counts as two people.
    const left = (await invites.post('validate', { code: shared }, {})).json().remaining_uses
    expect([6, 7]).toContain(left)
  })
})

describe('a member', () => {
  const own = (email = ada) =>
    invites.app.inject({ url: '/api/invites/me/export', headers: asMember(email) })

  test('exports everything that is stored of them, and nothing of anybody else', async () => {
    const { used } = await adaEverywhere()
    await invites.redeem(used, 'bob@example.com')
    const reply = await own('ADA@example.com')
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['cache-control']).toBe('no-store')
    const stored = reply.json()
    expect(stored).toMatchObject({ service: 'invites', exported_at: expect.any(String) })
    expect(stored.codes.map(({ earned }: { earned: boolean }) => earned)).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(stored.uses).toEqual([
      { code: used, batch_id: expect.any(String), email: ada, used_at: expect.any(String) },
    ])
    expect(stored.reservations).toMatchObject([{ email: ada, cancelled_at: null }])
    expect(stored.batches).toMatchObject([{ created_by: ada, size: 1 }])
    expect(stored.blocks).toMatchObject([{ is_blocked: true }])
    expect(reply.body).not.toContain('bob')
    expect((await own('nobody@example.com')).json()).toMatchObject({ codes: [], uses: [] })
  })

  test('erases themselves, and nobody else', async () => {
    const { used } = await adaEverywhere()
    await invites.redeem(used, 'bob@example.com')
    await publish('referrals.earned', { grants: 'broken', of: person })
    const erase = () =>
      invites.app.inject({ method: 'DELETE', url: '/api/invites/me', headers: asMember(ada) })
    const replies = await Promise.all([erase(), erase()])
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect(replies[0]?.json()).toEqual({ status: 'success' })
    expect(await found(person, '(^|[^.])ada@example', 'vobee@example')).toEqual([])
    expect(await found('bob@example.com')).toHaveLength(1)
    expect(await audit()).toEqual([])
  })

  test('must call as a member: a key has no data of its own', async () => {
    const statuses = async (headers: object) => {
      const asCaller = { headers: { ...headers } }
      const exported = await invites.app.inject({ url: '/api/invites/me/export', ...asCaller })
      const erasing = { method: 'DELETE', url: '/api/invites/me', ...asCaller } as const
      return [exported.statusCode, (await invites.app.inject(erasing)).statusCode]
    }
    expect(await statuses({})).toEqual([401, 401])
    expect(await statuses(asAdmin)).toEqual([403, 403])
  })
})
