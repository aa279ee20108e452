// A key from the command that makes it to the one that revokes it, on the stack of `npm start`.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expectWithinASecond } from '@vobee/testing/within-a-second'
import { expect, test } from 'vitest'
import { call } from '../client.ts'
import { useStack } from '../stack.ts'

const stack = useStack()
const root = join(import.meta.dirname, '../..')

/** Runs `npm run keys` as a person would; gives what it wrote on standard output. */
const keys = async (...args: string[]) => {
  const { DATABASE_URL: _, ...env } = process.env
  const options = { cwd: root, env: { ...env, DATA_DIR: stack.dataDir } }
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'keys', '--', ...args], options)
  return stdout.trim()
}

test('a key works at once, at services and gateway, and is dead everywhere within a second', async () => {
  const key = await keys('create', '--name', 'campaigns', '--scopes', 'invites:write,ops:read')
  const generated = await call(stack, 'POST /api/invites/generate', { batch_size: 2 }, { key })
  expect([generated.status, generated.body.codes.length]).toEqual([201, 2])
  expect((await call(stack, 'GET /services', undefined, { key })).status).toBe(200)
  expect((await call(stack, 'GET /api/quality/alerts', undefined, { key })).status).toBe(403)

  const { body } = await call(stack, 'GET /api/invites/audit', undefined, { key })
  const act = { actor: 'campaigns', key_id: key.split('_')[1], act: 'invites.generated' }
  expect(body.acts).toMatchObject([{ ...act, subject: generated.body.batch_id }])
  await expect.poll(() => keys('list')).toMatch(/campaigns {2}live .*[\d-]{10} [\d:]{5}$/)

  await keys('revoke', key.split('_')[1] as string)
  const paths = ['GET /services', 'GET /api/invites/audit', 'GET /api/referrals/audit']
  const statusOf = async (path: string) => (await call(stack, path, undefined, { key })).status
  await Promise.all(paths.map((path) => expectWithinASecond(401, () => statusOf(path))))
})

test('a command that is not understood says how it is used, and is code 2', async () => {
  await expect(keys('create', '--name', 'x')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--scopes must name at least one scope'),
  })
})
