import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

test('npm run migrate reads .env', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-migrate-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, '.env'), 'DATABASE_URL=nonsense\n')
  const file = await readFile(join(import.meta.dirname, '../package.json'), 'utf8')
  const script: string = JSON.parse(file).scripts.migrate
  const child = spawn(script.replace('database/main.ts', join(import.meta.dirname, 'main.ts')), {
    shell: true,
    cwd: folder,
    env: { PATH: dirname(process.execPath) },
  })
  expect(await text(child.stderr)).toContain('DATABASE_URL: must be a URL such as')
})
