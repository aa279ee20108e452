// Concurrent waves, and waves too large for one statement.
import { randomUUID } from 'node:crypto'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { useWaitlist } from '../testing/waitlist.ts'
import { moveMembers } from './members.ts'
import { release as releaseWave } from './release.ts'

const { db, app, join, read, post, line, published, invited } = useWaitlist()

const many = <T>(length: number, make: (n: number) => T) =>
  Array.from({ length }, (_, n) => make(n))

const release = (body: object, replica = 0) => post('release', body, asAdmin, replica)

/** Runs the scheduled job of a replica. */
const move = (replica = 0) =>
  moveMembers(app(replica).database, { isStopping: () => false, maxGateAge: () => null })

const setGate = (open: boolean) =>
  db.owner.query(`select waitlist.set_gate($1, '{churn_high}', now())`, [open])

const wrongSums = async () => {
  const { rows } = await db.owner.query(`
    select status, n, entries
    from (select status, count(*) as n from waitlist.entries group by 1) as counted
    full join waitlist.entry_counts using (status)
    where coalesce(n, 0) <> coalesce(entries, 0)
    union all
    select score::text, n, waiting
    from (select score, count(*) as n from waitlist.entries where status = 'waiting' group by 1) as line
    full join waitlist.line_scores using (score)
    where coalesce(n, 0) <> coalesce(waiting, 0)`)
  return rows
}

describe('concurrent releases', () => {
  test('by 8 admins, 10 each of 50 entries: five full waves, fifty people, each once', async () => {
    for (let round = 0; round < 5; round++) {
      await db.empty()
      await line(50)
      const replies = await Promise.all(many(8, (n) => release({ count: 10 }, n)))
      expect(replies.every((reply) => reply.statusCode === 201)).toBe(true)
      const sizes = replies.map((reply) => reply.json().released).sort((a, b) => b - a)
      expect(sizes).toEqual([10, 10, 10, 10, 10, 0, 0, 0])
      const people = (await published()).flatMap((part) => part.people)
      expect(new Set(people.map((one) => one.person)).size).toBe(50)
      expect(people).toHaveLength(50)
      // The second request gets the next entries: every wave is ten neighbors of the line.
      const waves = await Promise.all(replies.map((reply) => invited(reply.json().wave_id)))
      const order = [...many(25, (n) => `p${n + 26}`), ...many(25, (n) => `p${n + 1}`)]
      const tens = many(5, (n) => order.slice(n * 10, n * 10 + 10))
      expect(waves.filter((wave) => wave.length > 0).sort()).toEqual(tens.sort())
    }
  })

  test('release no entry twice while people join, leave and gain points', async () => {
    await line(300)
    const change = (n: number) =>
      db.owner.query(
        n % 3 === 0
          ? `update waitlist.entries set status = 'removed' where person = 'p${n + 1}' and status = 'waiting'`
          : `update waitlist.entries set score = score + ${n % 30} where person = 'p${n + 1}'`,
      )
    const [replies] = await Promise.all([
      Promise.all(many(24, (n) => release({ count: 10 }, n))),
      Promise.all(many(120, change)),
      Promise.all(many(120, (n) => join(`new${n}@example.com`, { persona: 'agency' }, n))),
    ])
    expect(replies.map((reply) => reply.json().released)).toEqual(many(24, () => 10))
    const people = (await published()).flatMap((part) =>
      part.people.map((one: { person: string }) => one.person),
    )
    expect(new Set(people).size).toBe(240)
    expect(people).toHaveLength(240)
    expect(await wrongSums()).toEqual([])
  })

  test('release the next entry when the first one is being removed', async () => {
    await line(12)
    const other = await db.owner.connect()
    await other.query('begin')
    await other.query(`update waitlist.entries set status = 'removed' where person = 'p7'`)
    const pressed = release({ count: 2 })
    await expect
      .poll(async () => {
        const { rows } = await db.owner.query(
          `select count(*)::int as n from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return rows[0].n
      })
      .toBe(1)
    await other.query('commit')
    other.release()
    const { wave_id, released } = (await pressed).json()
    expect(released).toBe(2)
    expect(await invited(wave_id)).toEqual(['p8', 'p9'])
    expect((await read('waves')).json().waves).toMatchObject([{ asked: 2, released: 2 }])
  })
})

describe('a large wave', () => {
  test('is moved in chunks, and has the entries of the moment of the request', async () => {
    await line(9_000)
    const reply = await release({ count: 8_400 })
    const { wave_id, ...figures } = reply.json()
    expect(figures).toMatchObject({ released: 8_400, pending: 7_400, waiting: 600 })
    // Somebody of the wave leaves before it comes to them, somebody else comes in front of all.
    await db.owner.query(`
      update waitlist.entries set status = 'removed' where status = 'waiting' and person = 'p3900';
      update waitlist.entries set score = 99 where person = 'p4500'`)
    await expect.poll(async () => (await read('waves')).json().waves[0].pending).toBe(0)
    const parts = await published()
    expect(parts.every((part) => part.wave_id === wave_id && part.people.length <= 1_000)).toBe(
      true,
    )
    const people = parts.flatMap((part) => part.people.map((one: { person: string }) => one.person))
    const chosen = await invited(wave_id)
    expect(people.toSorted()).toEqual(chosen.toSorted())
    const { released } = (await read('waves')).json().waves[0]
    expect(chosen).toHaveLength(released)
    expect([8_399, 8_400]).toContain(released)
    expect(chosen).not.toContain('p4500')
    expect(await wrongSums()).toEqual([])
  })

  test('that a killed process left is finished by the scheduled job, once', async () => {
    await line(5_000)
    const reply = await release({ count: 4_500 })
    const { wave_id } = reply.json()
    await Promise.all([0, 1].map((replica) => move(replica)))
    await move()
    await expect.poll(async () => (await read('waves')).json().waves[0].pending).toBe(0)
    expect(await invited(wave_id)).toHaveLength(4_500)
    expect((await published()).flatMap((part) => part.people)).toHaveLength(4_500)
  })

  test('that is still being moved leaves the entries after it to the next wave', async () => {
    await line(5_000)
    const [first, second] = await Promise.all([
      release({ count: 4_000 }),
      release({ count: 10 }, 1),
    ])
    await expect
      .poll(async () =>
        (await read('waves')).json().waves.every((wave: { pending: number }) => wave.pending === 0),
      )
      .toBe(true)
    expect(await invited(first.json().wave_id)).toHaveLength(4_000)
    expect(await invited(second.json().wave_id)).toHaveLength(10)
    expect((await published()).flatMap((part) => part.people)).toHaveLength(4_010)
  })

  test('is held by a pause, and continues when the gate is open again', async () => {
    await line(3_000)
    const wave_id = randomUUID()
    const order = { wave_id, count: 2_500, search: {}, named: null, expires_in_days: 30 }
    const terms = { by: 'env', reason: null, override_reason: null, maxGateAge: null }
    await releaseWave(app().database, { ...order, ...terms }, null)
    await setGate(false)
    await Promise.all([move(0), move(1)])
    const held = { wave_id, state: 'held', released: 2_500, pending: 1_500 }
    expect((await read('waves')).json().waves).toMatchObject([held])
    expect(await invited(wave_id)).toHaveLength(1_000)
    await setGate(true)
    await move(1)
    const [wave] = (await read('waves')).json().waves
    expect(wave).toMatchObject({ state: 'released', released: 2_500, pending: 0 })
    expect(await invited(wave_id)).toHaveLength(2_500)
    const parts = await published()
    expect(parts.flatMap((part) => part.people)).toHaveLength(2_500)
    expect(parts.map((part) => part.expires_in_days)).toEqual(parts.map(() => 30))
  })

  test('that overrides a closed gate overrides it for all of its chunks', async () => {
    await line(3_000)
    await setGate(false)
    const body = { count: 2_500, override_gate: true, reason: 'press day' }
    const { wave_id } = (await release(body)).json()
    await expect
      .poll(async () => (await read('waves')).json().waves)
      .toMatchObject([{ state: 'released', pending: 0 }])
    expect(await invited(wave_id)).toHaveLength(2_500)
  })
})
