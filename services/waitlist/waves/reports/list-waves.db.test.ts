import { asAdmin } from '@vobee/testing/settings'
import { expect, onTestFinished, test } from 'vitest'
import { markRedeemed } from '../../entries/mark-redeemed.ts'
import { markMailed } from '../../mail/mark-mailed.ts'
import { usesOf } from '../../testing/uses.ts'
import { useWaitlist } from '../../testing/waitlist.ts'
import { deleteWaveDetails } from '../delete-details.ts'

const { db, app, line, read, post } = useWaitlist()

test('waves are listed newest first, as pages and as a file with the same members', async () => {
  await line(6)
  for (const count of [1, 2, 3]) await post('release', { count }, asAdmin)
  const page = (await read('waves?limit=2')).json()
  expect(page.waves.map((wave: { asked: number }) => wave.asked)).toEqual([3, 2])
  const rest = (await read(`waves?limit=2&cursor=${page.next}`)).json()
  expect(rest).toMatchObject({ waves: [{ asked: 1, released: 1 }], next: null })
  const file = await read('waves', { ...asAdmin, accept: 'application/x-ndjson' })
  const rows = file.body
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row))
  expect(rows).toEqual([...page.waves, ...rest.waves])
  const csv = await read('waves', { ...asAdmin, accept: 'text/csv' })
  expect(csv.body.split('\r\n')[0]).toBe(
    'wave_id,state,asked,released,pending,mailed,redeemed,filter,by,reason,expires_in_days,created_at,release_at,released_at,cancelled_at',
  )
})

test('a wave reports who was released, mailed and redeemed, by persona and source', async () => {
  await line(20)
  const { wave_id } = (await post('release', { count: 10 })).json()
  await post('release', { count: 1 })
  const { rows } = await db.owner.query(
    `select id from waitlist.entries where wave_id = $1 and person <> 'p11'`,
    [wave_id],
  )
  const ids = rows.map(({ id }) => id)
  const database = app().database
  await Promise.all([ids, ids.slice(3), ids.slice(5)].map((some) => markMailed(database, some)))
  await Promise.all([
    markRedeemed(database, usesOf(['p12', 'p14', 'p1', 'p2'])),
    markRedeemed(database, usesOf(['p20', 'p14'])),
  ])
  const report = (await read(`waves/${wave_id}`)).json()
  expect(report).toMatchObject({ state: 'released', released: 10, mailed: 9, redeemed: 3 })
  expect(report.by_persona).toEqual([
    { persona: 'agency', released: 5, mailed: 5, redeemed: 3 },
    { persona: 'other', released: 5, mailed: 4, redeemed: 0 },
  ])
  expect(report.by_source).toEqual([
    { source: null, released: 9, mailed: 8, redeemed: 2 },
    { source: 'news', released: 1, mailed: 1, redeemed: 1 },
  ])
  await db.owner.query(`delete from waitlist.entries where person = 'p12'`)
  const { waves } = (await read('waves')).json()
  expect(waves).toMatchObject([{ redeemed: 1 }, { released: 10, mailed: 9, redeemed: 3 }])
  const unknown = await read('waves/00000000-0000-4000-8000-000000000000')
  expect(unknown.json()).toMatchObject({ status: 404, code: 'unknown_wave' })
})

test('a wave that ended over a year ago loses what it named, and keeps its counts', async () => {
  await line(6)
  const filter = { persona: 'agency' }
  for (const reason of ['old', 'new']) await post('release', { count: 1, filter, reason }, asAdmin)
  await db.owner.query(`
    update waitlist.waves set released_at = now() - interval '366 days' where reason = 'old'`)
  const before = (await read('waves')).json().waves
  const stats = (await read('stats')).json()
  await deleteWaveDetails(app().database, null)
  expect((await read('waves')).json().waves).toEqual(before)
  await deleteWaveDetails(app().database, 365)
  const [kept, old] = before
  expect((await read('waves')).json().waves).toEqual([kept, { ...old, filter: {}, reason: null }])
  expect((await read('stats')).json()).toEqual(stats)
})

test('a redemption that waits for a release of the same person counts in its wave', async () => {
  await line(1)
  const releasing = await db.owner.connect()
  onTestFinished(() => releasing.release(true))
  await releasing.query(`
    begin;
    insert into waitlist.waves (id, asked, released, by) values (gen_random_uuid(), 1, 1, 'env');
    update waitlist.entries set status = 'invited', wave_id = (select id from waitlist.waves)`)
  const marking = markRedeemed(app().database, usesOf(['p1']))
  const waiting = `select from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await db.owner.query(waiting)).rowCount, { interval: 5 }).toBe(1)
  await releasing.query('commit')
  await marking
  expect((await read('waves')).json().waves).toMatchObject([{ released: 1, redeemed: 1 }])
})
