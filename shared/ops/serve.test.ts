import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const execute = promisify(execFile)

// The traces begin after the import: Node itself allocates before.
const script = `
  import { setFlagsFromString } from 'node:v8'
  import '${join(import.meta.dirname, 'serve.ts')}'
  setFlagsFromString('--trace-gc')
  setFlagsFromString('--trace-pretenuring-statistics')
  const kept = []
  for (let i = 0; i < 300_000; i++) kept.push({ i })`

test('V8 does not learn in a process which objects to allocate in its old generation', async () => {
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script])
  expect(stdout).toContain('Scavenge')
  expect(stdout).not.toContain('pretenuring:')
})
