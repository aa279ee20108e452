import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const execute = promisify(execFile)

// Less than a pipe holds: the process ends before anybody reads.
const script = `
  import { pino } from 'pino'
  import { logger } from '${join(import.meta.dirname, 'log.ts')}'
  const { stream, ...options } = logger('info', 'waitlist')
  const log = pino(options, stream)
  for (let i = 0; i < 500; i++) log.info({ i }, 'answered')
  log.error('the last one')
  process.exit(1)`

test('a process that ends has written every line, in order, with its time', async () => {
  const before = new Date().toISOString()
  const run = execute(process.execPath, ['--input-type=module', '-e', script])
  const { stdout } = await run.catch((error) => error)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  expect(lines.map(({ i }: { i?: number }) => i)).toEqual([...Array(500).keys(), undefined])
  for (const { time } of lines) {
    expect(new Date(time).toISOString()).toBe(time)
    expect(time >= before && time <= new Date().toISOString()).toBe(true)
  }
})
