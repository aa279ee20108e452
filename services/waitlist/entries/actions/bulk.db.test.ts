// Removing, restoring and erasing many entries.
import { randomUUID } from 'node:crypto'
import { openDatabase, transaction } from '@vobee/shared/data/database'
import { expect, test } from 'vitest'
import { asReader, asWriter, personKey, useWaitlist } from '../../testing/waitlist.ts'
import { runBulkActions } from './bulk-run.ts'
import { findAction, selectEntries } from './bulk-select.ts'

const { db, app, read, post, crowd, idOf, line } = useWaitlist()

const reason = 'a test'
const act = (what: string, body: object, more: Record<string, string> = {}) =>
  app().inject({
    method: 'POST',
    url: `/api/waitlist/entries/${what}`,
    payload: { reason, ...body },
    headers: { ...asWriter, ...more },
  })
const rows = async (text: string) => (await db.owner.query(text)).rows
const statuses = async () =>
  Object.fromEntries(
    (await rows('select status, count(*)::int as n from waitlist.entries group by 1')).map(
      ({ status, n }) => [status, n],
    ),
  )
const logged = () =>
  rows(`select act, count(*)::int as n from waitlist.audit group by 1 order by 1`)
const off = async () =>
  (await read('status?audit=1')).json().audit.filter(({ ok }: { ok: boolean }) => !ok)

test('a filter removes and restores all that match, each logged once; a dry run changes nothing', async () => {
  await crowd(25)
  const before = (await read('entries?status=waiting&limit=200')).json().entries
  const filter = { persona: 'agency' }
  const counted = await act('remove', { filter, dry_run: true })
  const nothing = { status: 'success', action_id: null, done: 0, pending: 0 }
  expect([counted.statusCode, counted.json()]).toEqual([200, { ...nothing, matched: 5 }])
  expect(await statuses()).toEqual({ waiting: 25 })

  const removed = (await act('remove', { filter })).json()
  expect(removed).toMatchObject({ matched: 5, done: 5, pending: 0 })
  expect(await statuses()).toEqual({ waiting: 20, removed: 5 })
  expect((await act('remove', { filter })).json()).toMatchObject({ matched: 0, done: 0 })

  const restored = (await act('restore', { filter: { min_score: 20 } })).json()
  expect(restored).toMatchObject({ matched: 5, done: 5, pending: 0 })
  expect((await read('entries?status=waiting&limit=200')).json().entries).toEqual(before)
  expect(await logged()).toEqual([
    { act: 'waitlist.entries_selected', n: 3 },
    { act: 'waitlist.removed', n: 5 },
    { act: 'waitlist.restored', n: 5 },
  ])
  const action = (await read(`entries/actions/${removed.action_id}`, asReader)).json()
  expect(action).toMatchObject({ action: 'remove', matched: 5, done: 5, by: 'writer', reason })
  expect((await read(`entries/actions/${randomUUID()}`)).json().code).toBe('unknown_action')
  expect(await off()).toEqual([])
})

test('ids name entries; those that are unknown or in another status do not match', async () => {
  await crowd(3)
  await post('release', { count: 1 })
  const ids = [await idOf('n1@example.com'), await idOf('n2@example.com'), randomUUID()]
  expect((await act('remove', { ids })).json()).toMatchObject({ matched: 1, done: 1 })
  expect(await statuses()).toEqual({ invited: 1, removed: 1, waiting: 1 })
})

test('erasing many names nobody any more, in the reason either, and tells each service of each', async () => {
  await crowd(6)
  const named = `n1@example.com and N6+x@example.com, not n2@example.com`
  const filter = { persona: 'agency' }
  const reply = (await act('erase', { filter, reason: named })).json()
  expect(reply).toMatchObject({ matched: 2, done: 2, pending: 0 })
  expect(await statuses()).toEqual({ waiting: 4 })
  const events = await rows(`select payload from invites.inbox where event = 'person.erased'`)
  const people = events.map(({ payload }) => payload.person).sort()
  expect(people).toEqual(['n1@example.com', 'n6@example.com'].map(personKey).sort())
  const reasons = await rows(`
    select reason from waitlist.audit union all select audit ->> 'reason' from waitlist.entry_actions`)
  expect(reasons).toHaveLength(4)
  for (const { reason } of reasons)
    expect(reason).toMatch(/^erased-\w+ and erased-\w+, not n2@example.com$/)
  expect(await off()).toEqual([])
})

test('a repeated Idempotency-Key selects once', async () => {
  await crowd(5)
  const again = { 'idempotency-key': 'once' }
  const first = await act('remove', { filter: { min_score: 15 } }, again)
  await act('restore', { filter: { status: 'removed' } })
  const second = await act('remove', { filter: { min_score: 15 } }, again)
  expect(second.headers['idempotent-replayed']).toBe('true')
  expect(second.json()).toEqual(first.json())
  expect(await statuses()).toEqual({ waiting: 5 })
})

test('chunks on two replicas change each entry once, and whoever left the line meanwhile is skipped', async () => {
  await line(5_000)
  const replicas = [1, 2].map(() =>
    openDatabase(db.urls.waitlist, { name: 'bulk', max: 2, log: { error: () => {} } }),
  )
  const [one, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]]
  const audit = { actor: 'a', key_id: 'a', address: '::1', request_id: 'r', reason }
  const order = { id: randomUUID(), action: 'remove', search: {}, ids: [], audit } as const
  await transaction(one, (connection) => selectEntries(connection, order))
  // As if the process had been killed after the selection.
  expect(await findAction(one, order.id)).toMatchObject({ matched: 5_000, done: 0, pending: 5_000 })
  await db.owner.query(`update waitlist.entries set status = 'invited' where arrival % 10 = 0`)
  const deps = { personKey, mail: { confirmation: 'off' } } as const
  const run = (on: typeof one) => runBulkActions(on, deps, () => false)
  await Promise.all([run(one), run(other), run(one)])
  expect(await findAction(one, order.id)).toMatchObject({ done: 4_500, pending: 0 })
  expect(await statuses()).toEqual({ invited: 500, removed: 4_500 })
  expect(await logged()).toContainEqual({ act: 'waitlist.removed', n: 4_500 })
  expect(await rows('select from waitlist.entry_action_members')).toEqual([])
  await Promise.all(replicas.map((replica) => replica.end()))
})

test('an action needs a condition or ids, a reason, and a key that writes', async () => {
  const paths = async (body: object) =>
    (await act('erase', body)).json().errors.map(({ path }: { path: string }) => path)
  expect(await paths({ filter: {} })).toEqual(['filter'])
  expect(await paths({ filter: { metadata: {} } })).toEqual(['filter'])
  expect(await paths({})).toEqual(['filter'])
  expect(await paths({ filter: { persona: 'agency' }, ids: [randomUUID()] })).toEqual(['filter'])
  expect((await paths({ ids: ['x'], reason: '' })).sort()).toEqual(['ids.0', 'reason'])
  expect((await act('erase', { ids: [randomUUID()] }, asReader)).statusCode).toBe(403)
})
