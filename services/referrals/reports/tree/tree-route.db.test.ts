// A tree: ada referred bob and carol, bob referred dan, dan referred eve.
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../../app.ts'
import { ReferralsSettings } from '../../config.ts'
import { emailOf, inSeconds, joiner, personOf, publisher } from '../../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())

const publish = publisher(db, () => app)
const sql = async (text: string, values: unknown[] = []) =>
  (await db.owner.query(text, values)).rows
const memberOf = async (name: string) => {
  const person = personOf(emailOf(name))
  return (await sql('select * from referrals.members where person = $1', [person]))[0]
}
const get = (path: string, headers: Record<string, string> = asAdmin) =>
  app.inject({ url: `/api/referrals/members/${path}`, headers })

type Row = { depth: number; email: string; state: string }
const shown = (rows: Row[]) =>
  rows.map(({ depth, email, state }) => `${depth} ${email[0]} ${state}`)

beforeEach(async () => {
  await db.empty()
  const join = (names: string[]) =>
    publish('waitlist.joined', {
      entries: names.map((text, index) => {
        const [name = '', by] = text.split(' by ')
        const masked = `${name[0]}***@e***.com`
        return joiner(name, { ...(by ? { by } : {}), masked, at: inSeconds(index + 1) })
      }),
    })
  await join(['ada', 'bob by ada', 'carol by ada', 'dan by bob', 'eve by dan', 'fay by ada'])
})

const all = ['1 b counted', '2 d counted', '3 e counted', '1 c counted', '1 f counted']

test('each person is followed by those that they referred, with status, state and score', async () => {
  const { id, entry_id } = await memberOf('ada')
  const reply = await get(`${id}/tree`)
  expect(reply.statusCode).toBe(200)
  const { member, referrals, next } = reply.json()
  expect(member).toEqual({ userId: id, email: 'a***@e***.com', referrerUserId: null })
  expect(shown(referrals)).toEqual(all)
  expect(referrals[1]).toEqual({
    referralId: expect.any(String),
    depth: 2,
    referrerUserId: (await memberOf('bob')).id,
    userId: (await memberOf('dan')).id,
    email: 'd***@e***.com',
    status: 'pending',
    state: 'counted',
    reason: null,
    score: expect.any(Number),
    source: 'code',
    createdAt: expect.any(String),
    countedAt: expect.any(String),
    convertedAt: null,
  })
  expect(next).toBeNull()
  await sql(`update referrals.members set host_user_id = 'user-7' where id = $1`, [id])
  for (const other of [entry_id, 'user-7'])
    expect((await get(`${other}/tree`)).json()).toEqual(reply.json())
})

test.each([1, 2, 3, 4])('pages of %i show the whole tree, once', async (limit) => {
  const { id } = await memberOf('ada')
  const pages: Row[] = []
  let cursor = ''
  for (let count = 0; count <= all.length && cursor !== null; count++) {
    const reply = await get(`${id}/tree?limit=${limit}${cursor && `&cursor=${cursor}`}`)
    pages.push(...reply.json().referrals)
    cursor = reply.json().next
  }
  expect(cursor).toBeNull()
  expect(shown(pages)).toEqual(all)
})

test('the depth limits the levels, on every page', async () => {
  const { id } = await memberOf('ada')
  const flat = ['1 b counted', '1 c counted', '1 f counted']
  expect(shown((await get(`${id}/tree?depth=1`)).json().referrals)).toEqual(flat)
  const first = (await get(`${id}/tree?depth=1&limit=1`)).json()
  const rest = (await get(`${id}/tree?depth=1&cursor=${first.next}`)).json()
  expect(shown([...first.referrals, ...rest.referrals])).toEqual(flat)
  const two = ['1 b counted', '2 d counted', '1 c counted', '1 f counted']
  expect(shown((await get(`${id}/tree?depth=2`)).json().referrals)).toEqual(two)
})

test('void referrals and claims are leaves', async () => {
  const [ada, bob] = [await memberOf('ada'), await memberOf('bob')]
  await sql(
    `update referrals.referrals set state = 'void', reason = 'fraud' where referred_user_id = $1`,
    [bob.id],
  )
  await sql(
    `insert into referrals.referrals (referrer_user_id, referred_user_id, source, state, expires_at)
     values ($1, $2, 'share', 'claimed', now())`,
    [(await memberOf('fay')).id, bob.id],
  )
  const { referrals } = (await get(`${ada.id}/tree`)).json()
  expect(shown(referrals)).toEqual(['1 b void', '1 c counted', '1 f counted', '2 b claimed'])
  expect(referrals[3].status).toBe('expired')
  const { next } = (await get(`${ada.id}/tree?limit=1`)).json()
  const rest = (await get(`${ada.id}/tree?cursor=${next}`)).json()
  expect(rest.referrals).toEqual(referrals.slice(1))
})

test('a loop in the data ends at the member', async () => {
  const [ada, eve] = [await memberOf('ada'), await memberOf('eve')]
  await sql(
    `insert into referrals.referrals (referrer_user_id, referred_user_id, source, state)
     values ($1, $2, 'code', 'joined')`,
    [eve.id, ada.id],
  )
  const { member, referrals } = (await get(`${ada.id}/tree`)).json()
  expect(member.referrerUserId).toBe(eve.id)
  expect(shown(referrals)).toEqual([...all.slice(0, 3), '4 a joined', ...all.slice(3)])
  const { next } = (await get(`${ada.id}/tree?limit=4`)).json()
  expect(shown((await get(`${ada.id}/tree?cursor=${next}`)).json().referrals)).toEqual(all.slice(3))
})

test('an unknown id is 404; a cursor of another tree and bad input are 400', async () => {
  const [ada, carol] = [await memberOf('ada'), await memberOf('carol')]
  const unknown = await get('nobody/tree')
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown_user'])
  const { next } = (await get(`${ada.id}/tree?limit=1`)).json()
  const foreign = await get(`${carol.id}/tree?cursor=${next}`)
  expect(foreign.json().errors).toEqual([
    { path: 'query.cursor', message: 'is not a cursor of this list' },
  ])
  const paths = (await get(`${ada.id}/tree?depth=0&limit=501&cursor=x`)).json().errors
  expect(paths.map(({ path }: { path: string }) => path)).toEqual([
    'query.depth',
    'query.limit',
    'query.cursor',
  ])
  expect((await get(`${ada.id}/tree`, {})).statusCode).toBe(401)
  expect((await get(`${ada.id}/tree`, asMember(emailOf('ada')))).statusCode).toBe(403)
})
