// Waves for later: scheduled, held by the gate, cancelled.
import { randomUUID } from 'node:crypto'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { asReader, personKey, useWaitlist } from '../testing/waitlist.ts'
import { continueWaves } from './continue.ts'

const { db, app, read, post, line, published, invited } = useWaitlist()

const at = () => new Date(Date.now() + 3_600_000).toISOString()

const release = (body: object) => post('release', body)
const schedule = async (body: object): Promise<string> =>
  (await release({ at: at(), ...body })).json().wave_id
const cancel = (id: string, headers = asAdmin) =>
  post(`waves/${id}/cancel`, { reason: 'not yet' }, headers)

const wave = async () => (await read('waves')).json().waves[0]
const setGate = (open: boolean) =>
  db.owner.query(`update waitlist.gate set open = $1, reasons = '{churn_high}'`, [open])
const makeDue = () =>
  db.owner.query(`update waitlist.waves set release_at = now() - interval '1 second'`)

const moving = { isStopping: () => false, maxGateAge: () => null }

/** Runs the scheduled job, on two replicas at once. */
const runJob = () => Promise.all([0, 1].map((n) => continueWaves(app(n).database, moving)))

describe('a scheduled wave', () => {
  test('releases at its time the entries that are first then, once', async () => {
    await line(10)
    const reply = await release({ count: 3, at: at(), expires_in_days: 30 })
    expect(reply.statusCode).toBe(201)
    const { wave_id, release_at } = reply.json()
    expect(reply.json()).toEqual({
      ...{ status: 'success', wave_id, state: 'scheduled', release_at, asked: 3 },
      ...{ released: 0, pending: 0, waiting: 10, skipped: [] },
    })
    await runJob()
    expect(await wave()).toMatchObject({ state: 'scheduled', released: 0, released_at: null })
    await db.owner.query(`update waitlist.entries set score = 99 where person = 'p1'`)
    await makeDue()
    await runJob()
    await runJob()
    expect(await invited(wave_id)).toEqual(['p1', 'p6', 'p7'])
    expect(await published()).toMatchObject([{ wave_id, expires_in_days: 30 }])
    expect(await wave()).toMatchObject({ state: 'released', released: 3, pending: 0 })
    expect((await read('stats')).json()).toMatchObject({ processed_today: 3, waiting: 7 })
  })

  test('of named entries releases those that still wait, and stores no address', async () => {
    await line(3)
    await db.owner.query(`update waitlist.entries set person = $1 where person = 'p1'`, [
      personKey('ada@example.com'),
    ])
    const emails = ['nobody@example.com', 'Ada+x@example.com']
    const reply = await release({ emails, at: at() })
    expect(reply.json()).toMatchObject({
      ...{ asked: 2, state: 'scheduled' },
      skipped: [{ email: 'nobody@example.com', reason: 'unknown' }],
    })
    const { rows } = await db.owner.query('select w, a from waitlist.waves w, waitlist.audit a')
    expect(JSON.stringify(rows).toLowerCase()).not.toContain('example.com')
    await makeDue()
    await runJob()
    expect(await invited(reply.json().wave_id)).toEqual([personKey('ada@example.com')])
  })

  test('is held while the gate is closed at its time, and released when it is open', async () => {
    await line(1_500)
    const wave_id = await schedule({ count: 1_200 })
    await setGate(false)
    await makeDue()
    await runJob()
    expect(await wave()).toMatchObject({ wave_id, state: 'held', released: 0, pending: 0 })
    expect(await published()).toEqual([])
    await setGate(true)
    await runJob()
    await runJob()
    expect(await wave()).toMatchObject({ state: 'released', released: 1_200, pending: 0 })
    expect((await published()).flatMap((part) => part.people)).toHaveLength(1_200)
  })

  test('whose release loses its connection half-way is released by the next run, once', async () => {
    await line(4)
    const wave_id = await schedule({ count: 3 })
    await makeDue()
    const other = await db.owner.connect()
    onTestFinished(() => other.release(true))
    await other.query(`begin; select from waitlist.entries where person = 'p4' for update`)
    const running = continueWaves(app().database, moving)
    const rejected = expect(running).rejects.toThrow()
    const cut = `
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await db.owner.query(cut)).rowCount, { interval: 10 }).toBe(1)
    await rejected
    await other.query('rollback')
    expect(await wave()).toMatchObject({ released: 0, released_at: null })
    await runJob()
    expect(await invited(wave_id)).toHaveLength(3)
    expect((await published()).flatMap((part) => part.people)).toHaveLength(3)
  })

  test('that overrides the gate is released although it is closed', async () => {
    await line(3)
    await setGate(false)
    await schedule({ count: 2, override_gate: true, reason: 'press day' })
    const { rows } = await db.owner.query('select act, reason, details from waitlist.audit')
    const override = { override_gate: true, asked: 2 }
    expect(rows).toMatchObject([
      { act: 'waitlist.release_scheduled', reason: 'press day', details: override },
    ])
    await makeDue()
    await runJob()
    expect(await wave()).toMatchObject({ state: 'released', released: 2, reason: 'press day' })
  })

  test('is in the future, at most a year from now', async () => {
    for (const time of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'tomorrow']) {
      const reply = await release({ count: 1, at: time })
      expect(reply.json().errors).toMatchObject([{ path: 'at' }])
    }
  })

  test('is scheduled once by an Idempotency-Key, and repeated after its time', async () => {
    const body = { count: 1, at: at() }
    const headers = { ...asAdmin, 'idempotency-key': 'k' }
    const keyed = () =>
      app().inject({ method: 'POST', url: '/api/waitlist/release', headers, payload: body })
    const first = await keyed()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    const again = await keyed()
    expect([again.statusCode, again.json()]).toEqual([201, first.json()])
    expect((await release(body)).statusCode).toBe(400)
  })
})

describe('cancelling', () => {
  test('a scheduled wave: it is never released, and its reason is logged once', async () => {
    await line(3)
    const id = await schedule({ count: 2 })
    const reply = await cancel(id)
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      ...{ status: 'success', wave_id: id, state: 'cancelled', released: 0 },
    })
    expect((await cancel(id)).json()).toEqual(reply.json())
    await makeDue()
    await runJob()
    expect(await wave()).toMatchObject({ state: 'cancelled', released: 0 })
    expect(await published()).toEqual([])
    const { rows } = await db.owner.query(`
      select act, subject, reason from waitlist.audit where act = 'waitlist.wave_cancelled'`)
    expect(rows).toEqual([{ act: 'waitlist.wave_cancelled', subject: id, reason: 'not yet' }])
  })

  test('a held wave: the entries that are not released yet keep their positions', async () => {
    await line(1_500)
    const wave_id = randomUUID()
    await db.owner.query(`
      with moved as (
        update waitlist.entries set status = 'invited', wave_id = '${wave_id}' where arrival <= 5
      ), members as (
        insert into waitlist.wave_members
        select arrival, '${wave_id}' from waitlist.entries where arrival between 6 and 20
      )
      insert into waitlist.waves (id, asked, released, pending, by)
      values ('${wave_id}', 20, 20, 15, 'env')`)
    await setGate(false)
    expect(await wave()).toMatchObject({ state: 'held', pending: 15 })
    expect((await cancel(wave_id)).json()).toMatchObject({ state: 'cancelled', released: 5 })
    await setGate(true)
    await runJob()
    expect(await wave()).toMatchObject({ state: 'cancelled', released: 5, pending: 0 })
    expect((await read('stats')).json()).toMatchObject({ waiting: 1_495 })
  })

  test('a wave that was released, or that does not exist, is an error', async () => {
    await line(1)
    const { wave_id } = (await release({ count: 1 })).json()
    expect((await cancel(wave_id)).json()).toMatchObject({ status: 409, code: 'wave_released' })
    expect((await cancel(randomUUID())).json()).toMatchObject({ status: 404, code: 'unknown_wave' })
    expect((await cancel(wave_id, asReader)).statusCode).toBe(403)
  })

  test('while a wave is released leaves every entry released or waiting', async () => {
    await line(6_000)
    const { wave_id } = (await release({ count: 5_500 })).json()
    await Promise.all([cancel(wave_id), runJob()])
    await runJob()
    const { rows } = await db.owner.query('select from waitlist.wave_members')
    expect(rows).toEqual([])
    const { released, pending } = await wave()
    expect(pending).toBe(0)
    expect(await invited(wave_id)).toHaveLength(released)
    expect((await published()).flatMap((part) => part.people)).toHaveLength(released)
  })
})
