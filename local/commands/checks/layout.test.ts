import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { capabilities } from './import-rules.ts'
import { layoutErrors } from './layout.ts'

let root: string
const write = async (path: string, text = '') => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'layout-'))
  for (const service of Object.keys(capabilities)) await write(`services/${service}/app.ts`)
})
afterAll(() => rm(root, { recursive: true }))

test('the services of this repository have the declared layout', async () => {
  expect(await layoutErrors(join(import.meta.dirname, '../../..'))).toEqual([])
})

test('a loose file, an undeclared folder and a long app.ts are errors', async () => {
  expect(await layoutErrors(root)).toEqual([])
  await write('services/waitlist/helpers.ts')
  await write('services/invites/queries/codes.ts')
  await write('services/referrals/app.ts', '\n'.repeat(60))
  expect(await layoutErrors(root)).toEqual([
    'services/waitlist/helpers.ts: belongs into a capability',
    'services/invites/queries: belongs into a capability',
    'services/referrals/app.ts: has 60 lines',
  ])
})
