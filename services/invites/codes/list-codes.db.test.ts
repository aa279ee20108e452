import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { beforeEach, describe, expect, test } from 'vitest'
import { useGrants } from '../testing/grants.ts'
import { asReader, useInvites } from '../testing/invites.ts'

const db = useDatabase()
const invites = useInvites(db)
const { grant, codesOf: codesOfGrant } = useGrants(db, () => invites.app)

type Page = { codes: { code: string }[]; next: string | null }

const list = async (query: object = {}): Promise<Page> =>
  (await invites.get(`codes?${new URLSearchParams(query as Record<string, string>)}`)).json()
const codesOf = ({ codes }: Page) => codes.map(({ code }) => code)

/** Returns all codes of a list, page by page. */
const walk = async (query: object) => {
  const codes: string[] = []
  let page = await list(query)
  codes.push(...codesOf(page))
  while (page.next) {
    page = await list({ ...query, cursor: page.next })
    codes.push(...codesOf(page))
  }
  return codes
}

describe('listing codes', () => {
  let press: string[]
  let friends: string[]
  beforeEach(async () => {
    press = await invites.generate({ batch_size: 5, batch_id: 'press', created_by: 'maria' })
    friends = await invites.generate({
      batch_size: 3,
      batch_id: 'friends',
      issued_to: 'Some.Friend@gmail.com',
      max_uses: 2,
    })
  })
  const newest = () => [...friends.toReversed(), ...press.toReversed()]

  test('lists the newest first, with all members of a code', async () => {
    const page = await list()
    expect(codesOf(page)).toEqual(newest())
    expect(page.next).toBe(null)
    await invites.redeem(String(friends[2]), 'somefriend@gmail.com')
    expect((await list()).codes[0]).toEqual({
      code: friends[2],
      batch_id: 'friends',
      status: 'active',
      uses: 1,
      max_uses: 2,
      uses_left: 1,
      issued_to: 'Some.Friend@gmail.com',
      entry_id: null,
      earned_by: null,
      created_by: 'env',
      created_at: expect.any(String),
      expires_at: expect.any(String),
      revoked_at: null,
    })
  })

  test('pages have no gap and no duplicate, whatever is created meanwhile', async () => {
    const first = await list({ limit: 3 })
    await invites.generate({ batch_size: 4 })
    const second = await list({ limit: 3, cursor: first.next })
    const third = await list({ limit: 3, cursor: second.next })
    expect([...codesOf(first), ...codesOf(second), ...codesOf(third)]).toEqual(newest())
    expect(third.next).toBe(null)
    expect((await list({ limit: 200 })).codes).toHaveLength(12)
  })

  test('a page links to the next one without naming a code', async () => {
    const reply = await invites.get('codes?limit=2&batch_id=press')
    const { codes, next } = reply.json()
    expect(reply.headers.link).toBe(`<?limit=2&batch_id=press&cursor=${next}>; rel="next"`)
    for (const { code } of codes) expect(String(reply.headers.link)).not.toContain(code)
  })

  test('filters by batch, creator, and recipient under each of their addresses', async () => {
    expect(await walk({ batch_id: 'press' })).toEqual(press.toReversed())
    expect(await walk({ created_by: 'maria', limit: 2 })).toEqual(press.toReversed())
    expect(await walk({ issued_to: 'somefriend+x@googlemail.com', limit: 1 })).toEqual(
      friends.toReversed(),
    )
    expect(await walk({ batch_id: 'press', issued_to: 'somefriend@gmail.com' })).toEqual([])
  })

  test('filters by status', async () => {
    const [used = '', revoked = '', expired = ''] = press
    await invites.redeem(used)
    await invites.post(`${revoked}/revoke`, { reason: 'leaked' })
    await db.owner.query('update invites.codes set expires_at = now() where code = $1', [expired])
    expect(await walk({ status: 'used' })).toEqual([used])
    expect(await walk({ status: 'revoked' })).toEqual([revoked])
    expect(await walk({ status: 'expired' })).toEqual([expired])
    const active = newest().filter((code) => ![used, revoked, expired].includes(code))
    expect(await walk({ status: 'active', limit: 2 })).toEqual(active)
  })

  test('filters by creation time and expiry', async () => {
    await db.owner.query(
      `update invites.batches set created_at = '2026-01-01T12:00:00Z' where batch_id = 'press'`,
    )
    await invites.post('batches/friends/extend', { expires_at: '2126-01-01T00:00:00Z' })
    expect(await walk({ created_until: '2026-01-02T00:00:00Z' })).toEqual(press.toReversed())
    expect(await walk({ created_since: '2026-01-02T00:00:00Z' })).toEqual(friends.toReversed())
    expect(await walk({ expires_since: '2126-01-01T00:00:00Z', limit: 2 })).toEqual(
      friends.toReversed(),
    )
    expect(await walk({ expires_until: '2126-01-01T00:00:00Z' })).toEqual(press.toReversed())
  })

  test('exports all that match to a file in which no cell is a formula', async () => {
    await invites.generate({ code: '-LAUNCH', batch_id: '=1+1', created_by: '@x' })
    const reply = await invites.get('codes', { ...asReader, accept: 'text/csv' })
    const [head, first, ...rest] = reply.body.trim().split('\r\n')
    expect(head).toMatch(/^code,batch_id,status,/)
    expect(first).toMatch(/^'-LAUNCH,'=1\+1,active,0,1,1,,'@x,/)
    expect(rest).toHaveLength(8)
    const lines = await invites.get('codes?batch_id=press', {
      ...asReader,
      accept: 'application/x-ndjson',
    })
    const read = lines.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(codesOf({ codes: read, next: null })).toEqual(press.toReversed())
    expect(Object.keys(read[0])).toEqual(head?.split(','))
  })

  test('reports every error of a query', async () => {
    const bad = 'status=gone&limit=201&issued_to=x&created_since=today&cursor=abc&more=1'
    const reply = await invites.get(`codes?${bad}`)
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map(({ path }: { path: string }) => path)
    expect(paths.sort()).toEqual(
      ['created_since', 'cursor', 'issued_to', 'limit', 'more', 'status'].map((n) => `query.${n}`),
    )
  })

  test('shows who earned a code, and finds it by any spelling of their address', async () => {
    const earner = 'earner@gmail.com'
    const id = await grant(2, personKeys(PERSON_KEY_SECRET)(earner))
    const earned = (await codesOfGrant(id)).map(({ code }) => code)
    expect(await walk({ earned_by: 'Ear.ner+x@googlemail.com', limit: 1 })).toEqual(
      earned.toReversed(),
    )
    const masked = expect.stringMatching(/^.\*{3}@e\*{3}\.com$/)
    const listed = { issued_to: null, earned_by: masked }
    expect((await list({ limit: 1 })).codes).toMatchObject([listed])
    expect((await list({ earned_by: earner, status: 'active' })).codes).toMatchObject([
      listed,
      listed,
    ])
    expect((await invites.get(`codes/${earned[0]}`)).json()).toMatchObject(listed)
    expect(await walk({ earned_by: 'nobody@example.com' })).toEqual([])
  })
})

test('a few matching codes among many are found, page by page', async () => {
  const codes = await invites.generate({ batch_size: 60_000, batch_id: 'many' })
  const rare = [codes[3], codes[31_000], codes[59_999]].map(String)
  for (const code of rare) await invites.post(`${code}/revoke`, { reason: 'x' })
  expect(await walk({ status: 'revoked', limit: 2 })).toEqual(rare.toReversed())
})

describe('one code', () => {
  test('has its batch, recipient, uses, reservations and revocations', async () => {
    const [code = ''] = await invites.generate({
      batch_id: 'team',
      max_uses: 5,
      metadata: { campaign: 'winter' },
    })
    for (const name of ['ada', 'bob']) await invites.redeem(code, `${name}@example.com`)
    const reserved = await invites.post('reserve', { code, email: 'eve@example.com' })
    const first = await invites.post('batches/team/revoke', { reason: 'leaked' })
    await invites.post(`revocations/${first.json().revocation_id}/undo`)
    await invites.post(`${code}/revoke`, { reason: 'again' })
    const reply = await invites.get(`codes/${code.toLowerCase()}`)
    expect(reply.statusCode).toBe(200)
    const time = expect.any(String)
    const by = { revoked_by: 'env', revoked_at: time }
    expect(reply.json()).toEqual({
      ...(await list({ batch_id: 'team' })).codes[0],
      uses: 2,
      uses_left: 3,
      reserved_uses: 1,
      metadata: { campaign: 'winter' },
      redemptions: [
        { email: 'bob@example.com', used_at: time },
        { email: 'ada@example.com', used_at: time },
      ],
      reservations: [
        {
          reservation_id: reserved.json().reservation_id,
          email: 'eve@example.com',
          state: 'active',
          created_at: time,
          expires_at: time,
        },
      ],
      revocations: [
        {
          revocation_id: 2,
          kind: 'code',
          reason: 'again',
          ...by,
          undone_at: null,
          undone_by: null,
        },
        {
          revocation_id: 1,
          kind: 'batch',
          reason: 'leaked',
          ...by,
          undone_at: time,
          undone_by: 'env',
        },
      ],
    })
  })

  test('may be unlimited; one that does not exist is 404, and it needs a key that may read', async () => {
    const [code = ''] = await invites.generate({ max_uses: null, issued_to: 'ada@example.com' })
    await invites.redeem(code, 'ada@example.com')
    const own = (await invites.get(`codes/${code}`, asReader)).json()
    expect(own).toMatchObject({
      uses: 1,
      uses_left: null,
      reserved_uses: 0,
      issued_to: 'ada@example.com',
    })
    const unknown = await invites.get('codes/VOBEE-000000000000')
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'invalid_code'])
    expect((await invites.get(`codes/${code}`, {})).statusCode).toBe(401)
  })
})
