// Generating again with the same Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { useReplicas } from '../testing/replicas.ts'

const db = useDatabase()
const { app, post } = useReplicas(db)

type More = { replica?: number; headers?: Record<string, string> }

const generate = (
  key: string,
  body: object = { batch_size: 3 },
  { replica = 0, headers = {} }: More = {},
) => post('generate', body, replica, { ...asAdmin, 'idempotency-key': key, ...headers })

const count = async (table: string) =>
  (await db.owner.query(`select count(*)::int as n from invites.${table}`)).rows[0].n

describe('generating', () => {
  test('a repeated request gets the same codes of the same batch, from every replica', async () => {
    const first = await generate('k')
    const again = await generate('k', { batch_size: 3 }, { replica: 1 })
    expect([first.statusCode, again.statusCode]).toEqual([201, 201])
    expect(again.json()).toEqual(first.json())
    expect([await count('batches'), await count('codes')]).toEqual([1, 3])
  })

  test('a repeated request gets them in the format that it accepts', async () => {
    const { codes } = (await generate('k')).json()
    const csv = await generate('k', undefined, { headers: { accept: 'text/csv' } })
    expect(csv.body).toBe(`code\r\n${codes.join('\r\n')}\r\n`)
  })

  test('a repeated request mails its codes to the recipient once', async () => {
    const body = { batch_size: 150, issued_to: 'Ada@example.com', batch_id: 'hers' }
    const { codes } = (await generate('k', body)).json()
    await generate('k', body, { replica: 1 })
    await generate('quiet', { ...body, batch_id: 'quiet', mail: false })
    await generate('open', { batch_size: 1 })
    const { rows } = await db.owner.query(
      `select payload from waitlist.inbox where event = 'invites.issued'`,
    )
    const person = expect.stringMatching(/^[\w-]{43}$/)
    const mail = { batch_id: 'hers', person, email: 'Ada@example.com', count: 150 }
    expect(rows).toEqual([{ payload: { codes: [], mail: { ...mail, codes: expect.any(Array) } } }])
    expect(rows[0].payload.mail.codes).toEqual(codes.slice(0, 100))
  })

  test('another size with the same key is 422 and issues nothing', async () => {
    await generate('k')
    const reply = await generate('k', { batch_size: 4 })
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'idempotency_key_reused'])
    expect(await count('codes')).toBe(3)
  })

  test('of many requests at once over two replicas one issues; the others get a conflict or the same batch', async () => {
    const replies = await Promise.all(
      Array.from({ length: 32 }, (_, n) => generate('k', { batch_size: 500 }, { replica: n % 2 })),
    )
    const made = replies.filter((reply) => reply.statusCode === 201)
    expect(new Set(made.map((reply) => reply.json().batch_id)).size).toBe(1)
    const rest = replies.filter((reply) => reply.statusCode !== 201)
    for (const reply of rest) expect(reply.json().code).toBe('idempotency_in_progress')
    expect([await count('batches'), await count('codes')]).toEqual([1, 500])
  })

  test('a backend killed half-way leaves nothing, and the same key then issues', async () => {
    const dying = app(0).inject({
      method: 'POST',
      url: '/api/invites/generate',
      headers: { ...asAdmin, 'idempotency-key': 'k' },
      payload: { batch_size: 200_000, batch_id: 'large' },
    })
    dying.catch(() => {})
    const kill = `
      select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
      where datname = current_database() and query like '%insert into invites.codes%'
        and state = 'active' and pid <> pg_backend_pid()`
    await expect
      .poll(async () => (await db.owner.query(kill)).rows[0].n, { interval: 5 })
      .toBeGreaterThan(0)
    expect((await dying).statusCode).toBe(503)
    expect([await count('batches'), await count('codes'), await count('audit')]).toEqual([0, 0, 0])
    const again = await generate('k', { batch_size: 200_000, batch_id: 'large' })
    expect([again.statusCode, again.json().generated]).toEqual([201, 200_000])
  })

  test('an error is not stored', async () => {
    await db.owner.query('update invites.gate set open = false')
    expect((await generate('k')).statusCode).toBe(423)
    await db.owner.query('update invites.gate set open = true')
    expect((await generate('k')).statusCode).toBe(201)
  })

  test('a request is logged once, with the reason of an override, however often it is sent', async () => {
    await db.owner.query('update invites.gate set open = false')
    const body = { batch_size: 2, batch_id: 'press', override_gate: true, reason: 'press day' }
    await generate('k', body)
    await generate('k', body)
    await db.owner.query('update invites.gate set open = true')
    const { rows } = await db.owner.query(
      'select actor, key_id, act, subject, reason, details from invites.audit',
    )
    expect(rows).toEqual([
      {
        actor: 'env',
        key_id: 'env',
        act: 'invites.generated',
        subject: 'press',
        reason: 'press day',
        details: { codes: 2, gate_overridden: true },
      },
    ])
  })
})
