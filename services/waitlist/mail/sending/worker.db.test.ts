// A mail server that rejects or delays mail, or is unavailable.
import { asAdmin } from '@vobee/testing/settings'
import { expect, onTestFinished, test } from 'vitest'
import { personKey, useMailedWaitlist } from '../../testing/mailed-waitlist.ts'

const { db, mailbox, app, join, entry, requeueDead, allDone } = useMailedWaitlist()

const report = async () => {
  const reply = await app().inject({ url: '/api/waitlist/status', headers: asAdmin })
  return reply.json()
}

const jobs = async (state: string, name = 'mail') => {
  const { rows } = await db.owner.query(
    'select data, output, source_output from waitlist_jobs.job where name = $1 and state::text = $2',
    [name, state],
  )
  return rows
}

/** Counts the mails of jobs that no attempt failed. */
const untried = async () => {
  const { rows } = await db.owner.query(`
    select sum(case when data ? 'mails'
        then (select count(*) from jsonb_object_keys(data -> 'mails')) else 1 end)::int as mails
    from waitlist_jobs.job
    where name in ('mail', 'mail-groups') and state in ('created', 'active') and retry_count = 0`)
  return rows[0].mails
}

const everythingOfJobs = async () => {
  const { rows } = await db.owner.query('select job::text as row from waitlist_jobs.job as job')
  return rows.map(({ row }) => row).join('\n')
}

test('a rejected address is given up at once, and no row names it', async () => {
  mailbox.reject({ address: 'wrong@example.com', code: 550 })
  await join('wrong@example.com')
  await expect.poll(() => jobs('created', 'mail-dead')).toHaveLength(1)
  const { id } = await entry('wrong@example.com')
  expect(await jobs('created', 'mail-dead')).toEqual([
    {
      data: { kind: 'joined', entry_id: id },
      output: null,
      source_output: { reason: 'RCPT TO 550' },
    },
  ])
  expect(await report()).toMatchObject({
    status: 'healthy',
    mail: { state: 'on', waiting: 0, dead: 1 },
  })
  const metrics = await app().inject({ url: '/metrics', headers: asAdmin })
  expect(metrics.body).toContain('mails{state="dead",service="waitlist"} 1')
})

test('a dead-lettered mail is sent after it is requeued as the operations guide says', async () => {
  mailbox.reject(null)
  expect(await requeueDead()).toBe(1)
  await mailbox.arrived('wrong@example.com')
  await allDone()
  expect(await report()).toMatchObject({ mail: { state: 'on', waiting: 0, dead: 0 } })
})

test('a mail to a delayed address is sent later, once', async () => {
  mailbox.reject({ address: 'busy@example.com', code: 450 })
  await join('busy@example.com')
  await expect.poll(() => jobs('retry')).toHaveLength(1)
  expect(await report()).toMatchObject({
    status: 'degraded',
    mail: { state: 'failing', waiting: 1 },
  })
  mailbox.reject(null)
  await mailbox.arrived('busy@example.com')
  await allDone()
  expect(mailbox.to('busy@example.com')).toHaveLength(1)
  expect(await report()).toMatchObject({ status: 'healthy', mail: { state: 'on', waiting: 0 } })
})

test('a mail whose result was lost with the connection is not sent again', async () => {
  const { reached, release } = mailbox.hold()
  await join('lucky@example.com')
  await reached
  const other = await db.owner.connect()
  onTestFinished(() => other.release(true))
  await other.query(`begin; select from waitlist_jobs.job where state = 'active' for update`)
  release()
  const cut = `
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await db.owner.query(cut)).rowCount, { interval: 10 }).toBe(1)
  await other.query('rollback')
  await allDone()
  expect(mailbox.to('lucky@example.com')).toHaveLength(1)
})

test('no stored mail names an address or a person', async () => {
  const kept = await everythingOfJobs()
  for (const name of ['wrong', 'busy']) {
    expect(kept).toContain((await entry(`${name}@example.com`)).id)
    expect(kept).not.toContain(`${name}@`)
    expect(kept).not.toContain(personKey(`${name}@example.com`))
  }
})

test('an outage of the mail server during 1,000 joins loses and repeats no mail', async () => {
  const names = Array.from({ length: 1_000 }, (_, n) => `n${n}@example.com`)
  const joinAll = async (some: string[]) => {
    for (const reply of await Promise.all(some.map((name) => join(name)))) {
      expect(reply.statusCode).toBe(201)
    }
  }
  const count = () => new Set(mailbox.mails.map((mail) => mail.to?.[0]?.address)).size
  const before = count()
  await joinAll(names.slice(0, 300))
  await expect.poll(count).toBeGreaterThan(before + 40)
  await mailbox.stop()
  const cut = count()
  expect(cut).toBeLessThan(before + 300)
  await joinAll(names.slice(300, 700))
  await expect.poll(async () => (await report()).mail).toMatchObject({ state: 'failing' })
  // Mails that were accepted as the server stopped may not be recorded yet.
  const left = before + 700 - cut
  await expect.poll(async () => (await report()).mail.waiting).toBeGreaterThanOrEqual(left)
  expect(await untried()).toBeGreaterThan(left - 150)
  expect(count()).toBe(cut)
  await mailbox.start()
  await joinAll(names.slice(700))
  await expect.poll(count, { timeout: 90_000 }).toBe(before + 1_000)
  await allDone()
  // A mail in flight as the connection broke may arrive twice, with the same id.
  const ids = names.map((name) => new Set(mailbox.to(name).map((mail) => mail.messageId)).size)
  expect(ids).toEqual(names.map(() => 1))
  const doubles = names.filter((name) => mailbox.to(name).length > 1)
  expect(doubles.length).toBeLessThanOrEqual(5)
}, 120_000)
