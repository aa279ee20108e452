import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { roleUrl } from './roles.ts'

test('the passwords of the roles are derived from the owner’s password', () => {
  const owner = 'postgres://orchestrator:one%20password@db.example:5432/orchestrator_db'
  expect(roleUrl(owner, 'quality-gates')).toBe(roleUrl(owner, 'quality-gates'))
  expect(new URL(roleUrl(owner, 'invites')).username).toBe('orchestrator_db_invites')
  expect(roleUrl(owner, 'invites')).not.toBe(roleUrl(owner.replace('one', 'two'), 'invites'))
})

test('without an owner’s password, the passwords of the roles are random', () => {
  const { password } = new URL(roleUrl('postgres://postgres@db.example/app', 'waitlist'))
  expect(password).toHaveLength(64)
  expect(password).not.toBe(createHmac('sha256', '').update('app_waitlist').digest('hex'))
})
