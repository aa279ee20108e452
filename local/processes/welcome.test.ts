import { expect, test } from 'vitest'
import { readLocalSettings } from '../settings.ts'
import { welcome, welcomeLine } from './welcome.ts'

const options = { settings: readLocalSettings('/', { DATA_DIR: '/data' }), mailbox: null }

test('a terminal gets the addresses, and a command with the key if it is new', () => {
  const box = welcome(options, 'the-new-key')
  expect(box).toContain('http://localhost:8000/join.html')
  expect(box).toContain('"Authorization: Bearer the-new-key"')
  expect(welcome(options, null)).toContain('$(cat "/data/admin-key")')
})

test('elsewhere it is a line of the log, with the place of the key', () => {
  const line = welcomeLine(options)
  expect(line).toMatch(/\}\n$/)
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    service: 'local',
    landing_page: 'http://localhost:8000/join.html',
    admin_key: '/data/admin-key',
    msg: expect.stringMatching(/^VoBee Invites was ready in [\d.]+ s\.$/),
  })
})
