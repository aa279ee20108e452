import { createHmac } from 'node:crypto'
import { readDatabaseUrl } from '@vobee/shared/data/database-url'
import { expect, test } from 'vitest'
import { roleUrl } from './roles.ts'

test('the passwords of the roles are derived from the owner’s password', () => {
  const owner = 'postgres://orchestrator:one%20password@db.example:5432/orchestrator_db'
  expect(roleUrl(owner, 'quality-gates')).toBe(roleUrl(owner, 'quality-gates'))
  expect(new URL(roleUrl(owner, 'invites')).username).toBe('orchestrator_db_invites')
  expect(roleUrl(owner, 'invites')).not.toBe(roleUrl(owner.replace('one', 'two'), 'invites'))
})

test('the URL of a role names every host of the owner’s URL', () => {
  const owner = 'postgres://owner:p%40ss@one.example:5433,two.example/app?sslmode=verify-full'
  const url = roleUrl(owner, 'waitlist')
  expect(url).toMatch(
    /^postgres:\/\/app_waitlist:[0-9a-f]{64}@one\.example:5433,two\.example\/app\?sslmode=verify-full$/,
  )
  expect(readDatabaseUrl(owner)).toEqual({ user: 'owner', password: 'p@ss', database: 'app' })
})

test('without an owner’s password, the passwords of the roles are random', () => {
  const { password } = new URL(roleUrl('postgres://postgres@db.example/app', 'waitlist'))
  expect(password).toHaveLength(64)
  expect(password).not.toBe(createHmac('sha256', '').update('app_waitlist').digest('hex'))
})
