import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSecret } from './secrets.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vobee-secrets-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('a secret is generated once, and simultaneous calls return the same one', async () => {
  const dataDir = join(folder, '.data')
  const calls = Array.from({ length: 20 }, () => readSecret(dataDir, 'admin-key'))
  const secrets = new Set(await Promise.all(calls))
  expect([...secrets]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  expect(await readSecret(dataDir, 'person-key-secret')).not.toBe([...secrets][0])
  expect(await readdir(dataDir)).toEqual(['admin-key', 'person-key-secret'])
})

test('only its owner can read a secret', async () => {
  const dataDir = join(folder, '.data')
  await readSecret(dataDir, 'admin-key')
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  expect((await stat(join(dataDir, 'admin-key'))).mode & 0o777).toBe(0o600)
})
