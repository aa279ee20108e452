// Referral codes that referrals generated for people on the list.
import { asMember } from '@vobee/testing/members'
import { testSettings } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'
import { personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, idOf } = useWaitlist()

const ada = 'ada@example.com'
const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
const generated = async (code: string, more: { email?: string; seconds?: number } = {}) => {
  const { email = ada, seconds = 60 } = more
  const payload = { codes: [{ person: personKey(email), code, at: at(seconds) }] }
  await db.owner.query('select waitlist.publish($1, $2)', ['referrals.code_generated', payload])
  while ((await app().inbox.processBatch()) !== 0);
  const { rows } = await db.owner.query(`
    select error from waitlist.inbox where event = 'referrals.code_generated'`)
  expect(rows).toEqual([])
}
const codeOf = async (email = ada) => {
  const { rows } = await db.owner.query(
    'select referral_code from waitlist.entries where person = $1',
    [personKey(email)],
  )
  return rows[0]?.referral_code
}

test('an entry shows the newest code everywhere, and is still found by friends with the old one', async () => {
  const { referral_code: old } = (await join(ada)).json()
  await join('eve@example.com', { referred_by: old.toLowerCase() })
  await generated('NEWCODE')
  await join('fay@example.com', { referred_by: 'newcode' })
  const entry = (await read(`entries/${await idOf(ada)}`)).json()
  expect(entry).toMatchObject({ referral_code: 'NEWCODE', joined_by_code: 2 })
  expect(entry.share_url).toMatch(/\/r\/NEWCODE$/)
  for (const friend of ['eve', 'fay'])
    expect((await read(`entries/${await idOf(`${friend}@example.com`)}`)).json()).toMatchObject({
      referrer_id: entry.id,
    })
  expect((await read('position?referral_code=NEWCODE')).statusCode).toBe(200)
  const me = await read('me', asMember(ada))
  expect(me.json()).toMatchObject({ referral_code: 'NEWCODE' })
  expect(me.json().share_url).toMatch(/\/r\/NEWCODE$/)
  expect((await join('ADA+x@example.com')).json().referral_code).toBe('NEWCODE')
  const data = (await read('me/export', asMember(ada))).json()
  expect(data.former_codes).toEqual([{ code: old, ended_at: expect.any(String) }])
})

test('the newest code stays, in any order of the events, and one from before the join has no effect', async () => {
  const { referral_code } = (await join(ada)).json()
  await generated('BEFORE', { seconds: -60 })
  expect(await codeOf()).toBe(referral_code)
  await generated('SECOND', { seconds: 20 })
  await generated('FIRST', { seconds: 10 })
  await generated('SECOND', { seconds: 20 })
  expect(await codeOf()).toBe('SECOND')
  await generated('OTHER', { email: 'nobody@example.com' })
})

test('a code that another entry has changes nothing', async () => {
  const eve = (await join('eve@example.com')).json().referral_code
  const mine = (await join(ada)).json().referral_code
  await generated(eve)
  expect([await codeOf(), await codeOf('eve@example.com')]).toEqual([mine, eve])
})

test('a person who leaves or is erased leaves no code behind', async () => {
  for (const path of ['leave', 'me']) {
    await join(ada)
    await generated(`CODE-${path}`)
    const method = path === 'me' ? 'DELETE' : 'POST'
    const url = `/api/waitlist/${path}`
    const reply = await app().inject({ method, url, headers: asMember(ada) })
    expect(reply.statusCode).toBe(200)
    expect((await db.owner.query('select from waitlist.former_codes')).rowCount).toBe(0)
  }
})

test('REFERRAL_CODE_LENGTH sets the length of the codes of new entries', async () => {
  const settings = testSettings(WaitlistSettings, db.urls.waitlist, { REFERRAL_CODE_LENGTH: '16' })
  const other = buildApp(settings)
  const payload = { email: ada, use_case: 'to see', persona: 'other' }
  const reply = await other.inject({ method: 'POST', url: '/api/waitlist/join', payload })
  expect(reply.json().referral_code).toMatch(/^[2-9A-HJKMNP-Z]{16}$/)
  await other.close()
})
