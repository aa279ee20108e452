// What an admin does to one entry: manual points and removal.
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { asReader, asWriter, personKey, useWaitlist } from '../../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const act = (id: string, what: 'score' | 'remove', body: object, headers = asAdmin) =>
  post(`entries/${id}/${what}`, body, headers)

describe('added points', () => {
  test('move an entry, are part of its score, and are in the audit log', async () => {
    await crowd(3)
    const id = await idOf('n3@example.com')
    const reply = await act(id, 'score', { by: 25, reason: 'a partner' })
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      status: 'success',
      id,
      score: 35,
      score_parts: { answers: 10, referrals: 0, adjusted: 25 },
    })
    expect((await read(`position?id=${id}`)).json()).toMatchObject({ position: 1, score: 35 })
    await act(id, 'score', { by: -1000, reason: 'not a partner' }, asWriter)
    expect((await read(`position?id=${id}`)).json()).toMatchObject({
      position: 3,
      score: -965,
      score_parts: { answers: 10, referrals: 0, adjusted: -975 },
    })
    const { rows } = await db.owner.query(
      'select act, subject, actor, reason, details from waitlist.audit order by id',
    )
    const shared = { act: 'waitlist.score_adjusted', subject: id }
    expect(rows).toEqual([
      { ...shared, actor: 'env', reason: 'a partner', details: { by: 25, score: 35 } },
      { ...shared, actor: 'writer', reason: 'not a partner', details: { by: -1000, score: -965 } },
    ])
  })

  test('from many concurrent requests add up', async () => {
    await crowd(1)
    const id = await idOf('n1@example.com')
    await Promise.all(Array.from({ length: 32 }, () => act(id, 'score', { by: 3, reason: 'r' })))
    expect((await read(`position?id=${id}`)).json().score).toBe(20 + 96)
  })

  test('stay when a referral counts', async () => {
    await crowd(1)
    const id = await idOf('n1@example.com')
    await act(id, 'score', { by: 7, reason: 'r' })
    await db.owner.query('select waitlist.publish($1, $2)', [
      'referrals.credited',
      {
        referrals: [
          {
            referral_id: '00000000-0000-4000-8000-000000000001',
            referrer: personKey('n1@example.com'),
            person: 'friend',
            at: new Date().toISOString(),
          },
        ],
      },
    ])
    await app().inbox.processBatch()
    expect((await read(`position?id=${id}`)).json()).toMatchObject({
      score: 32,
      score_parts: { answers: 20, referrals: 5, adjusted: 7 },
      referrals: 1,
    })
  })
})

describe('a removed entry', () => {
  test('leaves the line, and a repeated join neither restores nor reveals it', async () => {
    await crowd(3)
    const id = await idOf('n1@example.com')
    expect((await act(id, 'remove', { reason: 'spam' })).json()).toEqual({ status: 'success', id })
    expect((await read(`position?id=${id}`)).json()).toMatchObject({
      status: 'removed',
      position: null,
      estimated_wait: null,
      total_waiting: 2,
    })
    const again = await join('N1@example.com', { persona: 'agency' })
    const fresh = await join('fresh@example.com', { persona: 'agency' })
    expect(again.statusCode).toBe(201)
    expect(Object.keys(again.json())).toEqual(Object.keys(fresh.json()))
    expect(again.json()).toMatchObject({ position: 1, total_waiting: 3 })
    expect(fresh.json()).toMatchObject({ position: 1, total_waiting: 3 })
    expect(
      (await read('entries?status=removed')).json().entries.map((row: { id: string }) => row.id),
    ).toEqual([id])
  })

  test('can be removed again without a second action, and gets no points', async () => {
    await crowd(1)
    const id = await idOf('n1@example.com')
    await act(id, 'remove', { reason: 'spam' })
    expect((await act(id, 'remove', { reason: 'spam' })).statusCode).toBe(200)
    const refused = await act(id, 'score', { by: 1, reason: 'r' })
    expect(refused.statusCode).toBe(409)
    expect(refused.json()).toMatchObject({ code: 'not_waiting', detail: 'The entry is removed.' })
    const { rows } = await db.owner.query('select act, reason from waitlist.audit')
    expect(rows).toEqual([{ act: 'waitlist.removed', reason: 'spam' }])
  })

  test('cannot be one that was released or redeemed: revoke its code instead', async () => {
    await crowd(2)
    await db.owner.query(`update waitlist.entries set status = 'invited' where email like 'n1%'`)
    await db.owner.query(`update waitlist.entries set status = 'redeemed' where email like 'n2%'`)
    for (const email of ['n1@example.com', 'n2@example.com']) {
      const reply = await act(await idOf(email), 'remove', { reason: 'r' })
      expect(reply.statusCode).toBe(409)
      expect(reply.json().code).toBe('not_waiting')
    }
  })
})

describe('bad input', () => {
  test('an action needs a reason, points, an existing entry and a key with the scope', async () => {
    await crowd(1)
    const id = await idOf('n1@example.com')
    const errors = (await act(id, 'score', { by: 0 })).json().errors
    expect(errors.map((error: { path: string }) => error.path).sort()).toEqual(['by', 'reason'])
    for (const by of [1001, -1001, 0.5, '1']) {
      expect((await act(id, 'score', { by, reason: 'r' })).statusCode).toBe(400)
    }
    expect((await act('x', 'remove', { reason: 'r' })).statusCode).toBe(400)
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await act(nobody, 'remove', { reason: 'r' })).statusCode).toBe(404)
    expect((await act(nobody, 'score', { by: 1, reason: 'r' })).statusCode).toBe(404)
    expect((await act(id, 'remove', { reason: 'r' }, asReader)).statusCode).toBe(403)
  })
})
