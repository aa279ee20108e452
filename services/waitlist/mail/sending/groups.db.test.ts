// Mails that one event causes: their group while the mail server rejects, delays or is unavailable.
import { randomUUID } from 'node:crypto'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { beforeEach, expect, test } from 'vitest'
import { personKey, useMailedWaitlist } from '../../testing/mailed-waitlist.ts'
import { groupJobOf } from '../queue.ts'
import { mailsOf } from './job-mails.ts'
import { settleGroup } from './settle-group.ts'

const { db, mailbox, app, join, entry, publish, requeueDead, allDone } = useMailedWaitlist()

const report = async () =>
  (await app().inject({ url: '/api/waitlist/status', headers: asAdmin })).json().mail

const jobs = async (name: string) => {
  const { rows } = await db.owner.query('select * from waitlist_jobs.job where name = $1', [name])
  return rows
}

let round = 0
/** Lets people join together. Returns their addresses. */
const joinTogether = async (count: number) => {
  const names = Array.from({ length: count }, (_, n) => `r${round}n${n}@example.com`)
  const replies = await Promise.all(names.map((name) => join(name)))
  expect(replies.map(({ statusCode }) => statusCode)).toEqual(names.map(() => 201))
  return names
}
const allGot = (names: readonly string[]) =>
  expect(names.map((name) => mailbox.to(name).length)).toEqual(names.map(() => 1))

beforeEach(() => {
  round++
})

test('people who join together are mailed by few jobs, which name no address', async () => {
  const names = await joinTogether(40)
  await mailbox.arrived(names.at(-1) as string)
  await allDone()
  allGot(names)
  const ids = new Set(names.map((name) => mailbox.to(name)[0]?.messageId))
  expect(ids.size).toBe(40)
  const groups = await jobs('mail-groups')
  expect(groups.length).toBeGreaterThan(0)
  expect(groups.length + (await jobs('mail')).length).toBeLessThan(20)
  expect(JSON.stringify(groups)).not.toContain('@example.com')
  const positions = names.map(
    (name) => /number (\d+) of/.exec(mailbox.to(name)[0]?.text ?? '')?.[1],
  )
  expect(new Set(positions).size).toBe(40)
})

test('of a group, a rejected mail is dead, a delayed one is retried, the others are sent', async () => {
  const { reached, release } = mailbox.hold()
  await join(`held${round}@example.com`)
  await reached
  const wrong = `r${round}n3@example.com`
  mailbox.reject({ address: wrong, code: 550 })
  const names = await joinTogether(30)
  release()
  await expect.poll(report).toEqual({ state: 'on', waiting: 0, dead: 1 })
  expect(await jobs('mail-dead')).toMatchObject([
    { data: { kind: 'joined', entry_id: (await entry(wrong)).id, reason: 'RCPT TO 550' } },
  ])
  allGot(names.filter((name) => name !== wrong))

  round++
  const busy = `r${round}n5@example.com`
  mailbox.reject({ address: busy, code: 450 })
  const more = await joinTogether(30)
  await expect.poll(report).toEqual({ state: 'failing', waiting: 1, dead: 1 })
  mailbox.reject(null)
  await mailbox.arrived(busy)
  await allDone()
  allGot(more)

  expect(await requeueDead()).toBe(1)
  await mailbox.arrived(wrong)
  await allDone()
  expect(await report()).toEqual({ state: 'on', waiting: 0, dead: 0 })
  allGot(names)
})

test('a wave counts the mails of a group that were sent, not those that nobody wants', async () => {
  const names = await joinTogether(3)
  await allDone()
  const people = names.map((name) => personKey(name))
  await db.owner.query(
    `with wave as (
       insert into waitlist.waves (id, asked, released, by) values ($2, 3, 3, 'env') returning id
     )
     update waitlist.entries set status = 'invited', wave_id = wave.id from wave
     where person = any ($1)`,
    [people, randomUUID()],
  )
  await db.owner.query(`update waitlist.entries set status = 'redeemed' where person = $1`, [
    people[0],
  ])
  const codes = people.map((person, n) => ({ person, code: `CODE-${n}`, grant_id: null }))
  await publish('invites.issued', { codes })
  await mailbox.arrived(names[1] as string, 2)
  await mailbox.arrived(names[2] as string, 2)
  await allDone()
  expect(mailbox.to(names[0] as string)).toHaveLength(1)
  expect(mailbox.to(names[2] as string)[1]?.text).toContain('CODE-2')
  expect((await db.owner.query('select mailed from waitlist.waves')).rows).toEqual([{ mailed: 2 }])
})

test('erasing takes a person out of a group that waits, and deletes an empty group', async () => {
  await mailbox.stop()
  const names = await joinTogether(6)
  await expect.poll(async () => (await report()).waiting).toBe(6)
  await db.owner.query(`update waitlist_jobs.job set name = 'mail-dead' where name = 'mail-groups'
    and id in (select id from waitlist_jobs.job where state <= 'active' limit 1)`)
  const erase = (name: string) =>
    app().inject({ method: 'DELETE', url: '/api/waitlist/me', headers: asMember(name) })
  const { id } = await entry(names[0] as string)
  const named = async () =>
    (
      await db.owner.query('select from waitlist_jobs.job as job where strpos(job::text, $1) > 0', [
        id,
      ])
    ).rowCount
  expect(await named()).toBe(1)
  const exported = { url: '/api/waitlist/me/export', headers: asMember(names[0] as string) }
  expect((await app().inject(exported)).json().mails).toMatchObject([{ kind: 'joined' }])
  expect((await erase(names[0] as string)).statusCode).toBe(200)
  expect(await named()).toBe(0)
  const left = async () => {
    const { waiting, dead } = await report()
    return waiting + dead
  }
  expect(await left()).toBe(5)
  for (const name of names.slice(1)) expect((await erase(name)).statusCode).toBe(200)
  expect(await left()).toBe(0)
  await mailbox.start()
  await allDone()
  expect(names.flatMap((name) => mailbox.to(name))).toEqual([])
})

test('erasing a person while their mail leaves its group deletes that mail too', async () => {
  const names = await joinTogether(2)
  await allDone()
  const ids = await Promise.all(names.map(async (name) => (await entry(name)).id as string))
  const mails = Object.fromEntries(ids.map((id) => [id, { key: 'later' }]))
  const { database, insertJobs } = app()
  const job = groupJobOf({ kind: 'joined', mails })
  await insertJobs(database, 'mail-groups', [{ ...job, startAfter: 3_600 }])
  let erased: unknown
  const isErasingBlocked = async () => {
    const text = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    return (await db.owner.query(text)).rowCount
  }
  const eraseFirst: typeof insertJobs = async (...inserted) => {
    erased ??= app().inject({
      method: 'DELETE',
      url: '/api/waitlist/me',
      headers: asMember(names[0] as string),
    })
    await expect.poll(isErasingBlocked).toBe(1)
    await insertJobs(...inserted)
  }
  const queued = { ...job, signal: new AbortController().signal }
  const tried = mailsOf(queued)
  const delayed = { outcome: 'delayed', reason: 'RCPT TO 450' } as const
  const byMail = new Map(tried.map((mail) => [mail, delayed]))
  const deps = { db: database, insertJobs: eraseFirst }
  const outcome = await settleGroup(deps, queued, { mails: tried, byMail, error: null })
  expect([outcome.status, await erased]).toMatchObject(['completed', { statusCode: 200 }])
  const named = 'select from waitlist_jobs.job as job where strpos(job::text, $1) > 0'
  const counts = ids.map(async (id) => (await db.owner.query(named, [id])).rowCount)
  expect((await Promise.all(counts))[0]).toBe(0)
  await mailbox.arrived(names[1] as string, 2)
  await db.owner.query('delete from waitlist_jobs.job where id = $1', [job.id])
})

test('a process that stops leaves the mails that it did not send to others', async () => {
  const names = await joinTogether(300)
  await expect.poll(() => names.flatMap((name) => mailbox.to(name)).length).toBeGreaterThan(5)
  await app().close()
  const sent = names.flatMap((name) => mailbox.to(name)).length
  const { rows } = await db.owner.query(`
    select sum((select count(*) from jsonb_object_keys(data -> 'mails'))
      - coalesce(jsonb_array_length(data -> 'sent'), 0))::int as mails, max(retry_count) as retries
    from waitlist_jobs.job where name = 'mail-groups' and state = 'created'`)
  const { rows: events } = await db.owner.query(`
    select coalesce(sum(jsonb_array_length(payload -> 'entries')), 0)::int as mails
    from waitlist.inbox where event = 'waitlist.joined'`)
  const { rows: singles } = await db.owner.query(
    `select from waitlist_jobs.job where name = 'mail' and state <= 'active'`,
  )
  expect(sent + rows[0].mails + events[0].mails + singles.length).toBe(300)
  expect(rows[0].retries ?? 0).toBe(0)
})
