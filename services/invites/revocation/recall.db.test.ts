// What referrals takes back: codes of a grant, and the codes of a blocked person.
import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { describe, expect, test } from 'vitest'
import { useGrants } from '../testing/grants.ts'
import { countsOf, useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const referrals = useGrants(db, () => invites.app)
const { grant, recall, block, unblock, process, answers, codesOf } = referrals

const statusesOf = async (grant_id: string) => (await codesOf(grant_id)).map(({ status }) => status)
const codeOf = async (grant_id: string, n: number) => String((await codesOf(grant_id))[n]?.code)
const revocations = async () => (await invites.get('revocations')).json().revocations
const undo = (id: number) => invites.post(`revocations/${id}/undo`)
const audit = async () =>
  (await invites.get('status?audit=1')).json().audit.filter(({ ok }: { ok: boolean }) => !ok)

describe('a recall', () => {
  test('revokes the newest unused codes of the grant, once, and is answered again when repeated', async () => {
    const id = await grant(3)
    const other = await grant(1)
    const recall_id = randomUUID()
    await recall(id, 2, recall_id)
    await recall(id, 2, recall_id)
    await process()
    await recall(id, 2, recall_id)
    await process()
    expect(await statusesOf(id)).toEqual(['open', 'revoked', 'revoked'])
    expect(await statusesOf(other)).toEqual(['open'])
    const events = await referrals.published('invites.recalled')
    const all = events.flatMap(({ recalls }) => recalls)
    expect(new Set(all.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ revoked: 2, recall_id })]),
    )
    expect(countsOf(await invites.published('invites.revoked'))).toEqual({ [`EARNED-${id}`]: 2 })
    expect(await audit()).toEqual([])
  })

  test('is listed with its reason, and cannot be undone', async () => {
    const id = await grant(1)
    await recall(id, 1)
    await process()
    const [{ revocation_id, ...listed }] = await revocations()
    expect(listed).toMatchObject({
      kind: 'recall',
      target: `EARNED-${id}`,
      reason: 'fraud',
      revoked_by: 'referrals',
      codes: 1,
      pending: false,
    })
    const reply = await undo(revocation_id)
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'not_undoable'])
    expect(await statusesOf(id)).toEqual(['revoked'])
    const { revocations: covering } = (await invites.get(`codes/${await codeOf(id, 0)}`)).json()
    expect(covering).toMatchObject([{ kind: 'recall', reason: 'fraud' }])
  })

  test('leaves used codes; later recalls of the grant find what is left', async () => {
    const id = await grant(3)
    await invites.redeem(await codeOf(id, 1))
    await recall(id, 1)
    await recall(id, 3)
    await recall(id, 1)
    await process()
    expect(await answers()).toEqual([1, 1, 0])
    expect(await statusesOf(id)).toEqual(['revoked', 'used', 'revoked'])
    expect(await audit()).toEqual([])
  })

  test('takes live codes first, then expired ones, and one that somebody has reserved last', async () => {
    const id = await grant(3)
    await invites.post('reserve', { code: await codeOf(id, 2), email: 'friend@example.com' })
    await db.owner.query('update invites.codes set expires_at = now() where code = $1', [
      await codeOf(id, 1),
    ])
    await recall(id, 1)
    await process()
    expect(await statusesOf(id)).toEqual(['revoked', 'open', 'open'])
    await recall(id, 1)
    await process()
    expect(await statusesOf(id)).toEqual(['revoked', 'revoked', 'open'])
    await recall(id, 1)
    await process()
    expect(await statusesOf(id)).toEqual(['revoked', 'revoked', 'revoked'])
  })

  test('does not count codes that an admin revoked; undoing that leaves recalled codes', async () => {
    const id = await grant(3)
    const revoke = (path: string) => invites.post(`${path}/revoke`, { reason: 'leaked' })
    await revoke(await codeOf(id, 0))
    await recall(id, 3)
    await process()
    expect(await answers()).toEqual([2])
    const { revocation_id } = (await revoke(`batches/EARNED-${id}`)).json()
    await undo(revocation_id)
    expect(await statusesOf(id)).toEqual(['revoked', 'revoked', 'revoked'])
  })

  test('that arrives before the codes of its grant exist is answered afterwards', async () => {
    const grant_id = randomUUID()
    await recall(grant_id, 1)
    await invites.app.inbox.processBatch()
    await referrals.publish('referrals.earned', {
      grants: [{ grant_id, person: 'ada', codes: 2, reason: 'tier' }],
    })
    await db.owner.query('update invites.inbox set try_at = now()')
    await process()
    await db.owner.query('update invites.inbox set try_at = now()')
    await process()
    expect(await answers()).toEqual([1])
    expect(await statusesOf(grant_id)).toEqual(['open', 'revoked'])
  })
})

describe('a block', () => {
  const email = 'ada@example.com'
  const personOf = async () =>
    (await db.owner.query('select issued_person from invites.codes limit 1')).rows[0].issued_person

  test('revokes the unused codes that a person was issued or has earned', async () => {
    const [used = '', unused = ''] = await invites.generate({ batch_size: 2, issued_to: email })
    await invites.redeem(used, email)
    const person = await personOf()
    await referrals.publish('waitlist.released', {
      wave_id: randomUUID(),
      people: [{ entry_id: randomUUID(), person, masked: 'a***@e***.com' }],
      at: new Date().toISOString(),
    })
    const id = await grant(2, person)
    const others = await grant(1, 'bob')
    await invites.redeem(await codeOf(id, 0))
    await block(person)
    await process()
    const { rows } = await db.owner.query(
      'select code from invites.codes where revoked_at is null order by id',
    )
    const open = [used, await codeOf(id, 0), await codeOf(others, 0)]
    expect(rows.map(({ code }) => code)).toEqual(open)
    expect((await invites.redeem(unused, email)).json().code).toBe('code_revoked')
    expect(await revocations()).toMatchObject([
      {
        kind: 'block',
        target: 'a***@e***.com',
        reason: 'blocked',
        codes: 3,
        revoked_by: 'referrals',
      },
    ])
  })

  test('takes effect once: after an admin undid it, a repeated event revokes nothing', async () => {
    const id = await grant(1)
    const at = new Date().toISOString()
    await block('ada', at)
    await block('ada', at)
    await process()
    const [{ revocation_id, ...listed }, ...more] = await revocations()
    expect([listed.codes, more]).toEqual([1, []])
    expect((await undo(revocation_id)).json().restored).toBe(1)
    await block('ada', at)
    await process()
    expect(await statusesOf(id)).toEqual(['open'])
  })

  test('of a person without unused codes revokes nothing', async () => {
    await block('nobody')
    await process()
    expect(await revocations()).toEqual([])
  })

  const [first, second, third] = [1, 2, 3].map((n) => `2026-01-0${n}T00:00:00Z`)
  test.each([
    [
      ['block', first],
      ['unblock', second],
    ],
    [
      ['unblock', second],
      ['block', first],
    ],
    [
      ['block', third],
      ['unblock', second],
      ['block', first],
    ],
  ])('and its end take effect in the order of their times: %s, %s', async (...decisions) => {
    const id = await grant(1)
    for (const [kind, at] of decisions) {
      await (kind === 'block' ? block : unblock)('ada', at)
      await process()
    }
    const isBlocked = decisions.length === 3
    expect(await statusesOf(id)).toEqual([isBlocked ? 'revoked' : 'open'])
    const [listed] = await revocations()
    if (!isBlocked && listed) expect(listed).toMatchObject({ undone_by: 'referrals', restored: 1 })
  })

  const orders = [
    ['recall', 'block', 'undo', 'erase'],
    ['block', 'recall', 'undo', 'erase'],
    ['block', 'undo', 'recall', 'erase'],
    ['block', 'unblock', 'recall'],
    ['block', 'recall', 'unblock'],
    ['erase', 'block', 'recall'],
    ['block', 'erase', 'recall', 'undo'],
    ['recall', 'erase', 'block', 'undo'],
  ]
  test.each(orders)(
    'and a recall of the grant give the same answer: %s, %s, %s …',
    async (...steps) => {
      const id = await grant(3)
      await invites.redeem(await codeOf(id, 0))
      const take: Record<string, () => Promise<unknown>> = {
        recall: () => recall(id, 3),
        block: () => block(),
        unblock: () => unblock(),
        undo: async () => {
          for (const { revocation_id, kind } of await revocations()) {
            if (kind === 'block') await undo(revocation_id)
          }
        },
        erase: () =>
          referrals.publish('person.erased', {
            person: 'ada',
            pseudonym: 'erased-1',
            at: new Date().toISOString(),
          }),
      }
      for (const step of steps.filter((name) => name)) {
        await take[step]?.()
        await process()
      }
      expect(await answers()).toEqual([2])
      expect(await statusesOf(id)).toEqual(['used', 'revoked', 'revoked'])
      expect(await audit()).toEqual([])
    },
  )
})
