// Disposable-mail domains, as the setting says: refused, scored down or let be.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'
import { documentedScoring } from '../scoring/document.ts'

const db = useDatabase()
beforeEach(db.empty)

const start = (env: NodeJS.ProcessEnv = {}) => {
  const app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist, env))
  onTestFinished(() => app.close())
  return app
}

const joining = (email: string, more: object = {}) => ({
  method: 'POST' as const,
  url: '/api/waitlist/join',
  payload: { email, use_case: 'marketing', persona: 'agency', ...more },
})

const scores = async () => {
  const { rows } = await db.owner.query('select score from waitlist.entries order by arrival')
  return rows.map(({ score }) => score)
}

test('by default its answers score nothing, and it is last in the line', async () => {
  const app = start()
  await app.inject(joining('ada@example.com', { persona: 'other', use_case: 'x' }))
  const reply = await app.inject(joining('bot@mail.MAILINATOR.com'))
  expect([reply.statusCode, reply.json().position]).toEqual([201, 2])
  expect(await scores()).toEqual([5, 0])
})

test('another scoring does not raise its score', async () => {
  const app = start()
  await app.inject(joining('bot@mailinator.com'))
  const document = { ...documentedScoring, keywords: { any_of: ['marketing'], points: 500 } }
  await app.inject({
    method: 'PUT',
    url: '/api/waitlist/scoring',
    headers: asAdmin,
    payload: { document, reason: 'test' },
  })
  await expect
    .poll(async () => {
      const { rows } = await db.owner.query('select applied_at from waitlist.scoring')
      return rows[0].applied_at
    })
    .not.toBeNull()
  expect(await scores()).toEqual([0])
})

test('with `refuse` it is an error of the address, returned with all other errors', async () => {
  const app = start({ DISPOSABLE_EMAILS: 'refuse' })
  const reply = await app.inject(joining('bot@x.mailinator.com', { persona: 'robot' }))
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid_input'])
  const { errors } = reply.json()
  expect(errors).toHaveLength(2)
  expect(errors[0]).toEqual({
    path: 'email',
    message: 'must not be of a disposable-mail domain',
  })
  expect((await app.inject(joining('ada@example.com'))).statusCode).toBe(201)
  expect(await scores()).toEqual([25])
})

test('with `allow` it is an address like any other', async () => {
  const app = start({ DISPOSABLE_EMAILS: 'allow' })
  expect((await app.inject(joining('bot@mailinator.com'))).statusCode).toBe(201)
  expect(await scores()).toEqual([25])
})
