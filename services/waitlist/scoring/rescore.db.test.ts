// A change of the scoring, applied to everyone while joins continue.
import { describe, expect, test } from 'vitest'
import { agencyFirst, emailOf, useScoring } from '../testing/changed-scoring.ts'
import { personKey } from '../testing/waitlist.ts'
import { rescore } from './rescore.ts'

const { db, app, join, change, read, applied, off, scores } = useScoring()

/** Waits until a connection to this database is seen doing that. */
const seen = (what: string) =>
  expect
    .poll(async () => {
      const { rowCount } = await db.owner.query(
        `select from pg_stat_activity where datname = current_database() and ${what}`,
      )
      return rowCount
    })
    .toBeGreaterThan(0)

describe('applied to many entries during joins', () => {
  const crowd = (count: number) =>
    db.owner.query(
      `insert into waitlist.entries
         (person, email, use_case, persona, referral_code, answers_score, score)
       select 'p' || n, n || '@example.com', 'case ' || n,
              case when n % 2 = 0 then 'agency' else 'other' end, 'CODE' || n, s, s
       from generate_series(1, $1::int) as n,
            lateral (select case when n % 2 = 0 then 20 else 5 end as s) as scored`,
      [count],
    )

  test('by two replicas, through two changes: every entry ends with the newest version', async () => {
    await crowd(15_000)
    let busy = true
    const places: number[] = []
    const joining = async (from: number) => {
      for (let n = from; busy; n += 2) {
        const reply = await join(n, { persona: n % 3 ? 'agency' : 'other' })
        expect(reply.statusCode).toBe(201)
        places.push(reply.json().position)
      }
    }
    const joins = [100_000, 200_001, 300_000, 400_001].map(joining)
    await change(agencyFirst(30))
    await rescore(app(1).database, () => false)
    await change(agencyFirst(40))
    await rescore(app(1).database, () => false)
    await applied()
    busy = false
    await Promise.all(joins)
    const { rows } = await db.owner.query(
      `select persona, answers_score, count(*)::int as n from waitlist.entries
       group by 1, 2 order by 1`,
    )
    expect(rows.map(({ persona, answers_score }) => [persona, answers_score])).toEqual([
      ['agency', 40],
      ['other', 5],
    ])
    expect(places.length).toBeGreaterThan(100)
    expect(await off()).toEqual([])
  })

  test('a join that began before the change and ends after it is re-scored', async () => {
    // It holds the name that the join wants, so the join waits with the old scoring in hand.
    const holder = await db.owner.connect()
    const person = personKey(emailOf(1))
    await holder.query('begin')
    await holder.query(
      `insert into waitlist.entries
         (person, email, use_case, persona, referral_code, answers_score, score)
       values ($1, 'x', 'x', 'other', 'HELD', 5, 5)`,
      [person],
    )
    const joining = join(1, { persona: 'agency' })
    await seen(`wait_event_type = 'Lock'`)
    await change(agencyFirst(40))
    await seen(`query like '%xact_start <%' and application_name = 'waitlist'`)
    expect((await read()).history[0].applied_at).toBeNull()
    await holder.query('rollback')
    holder.release()
    expect((await joining).statusCode).toBe(201)
    await applied()
    expect(await scores()).toEqual([
      { score: 40, answers_score: 40, scored_with: expect.any(Number) },
    ])
    expect(await off()).toEqual([])
  })

  test('a process that stops halfway leaves positions exact, and another process continues', async () => {
    await crowd(9_000)
    await db.owner.query(
      `insert into waitlist.scoring (document, by, reason) values ($1, 'test', 'cut off')`,
      [agencyFirst(40)],
    )
    let chunks = 0
    await rescore(app().database, () => chunks++ >= 2)
    const cutOff = (await read()).history[0]
    expect(cutOff.applied_at).toBeNull()
    expect(cutOff.rescored).toBeGreaterThan(0)
    expect(cutOff.rescored).toBeLessThan(9_000)
    expect(await off()).toEqual([])
    await rescore(app(1).database, () => false)
    expect((await read()).history[0]).toMatchObject({ rescored: 9_000 })
    await applied()
    expect(await off()).toEqual([])
  })
})
