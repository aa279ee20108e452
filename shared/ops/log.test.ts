import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const execute = promisify(execFile)

const script = (body: string) => [
  '--input-type=module',
  '-e',
  `import { pino } from 'pino'
  import { endLog, logger } from '${join(import.meta.dirname, 'log.ts')}'
  const { stream, ...options } = logger('info', 'waitlist')
  const log = pino(options, stream)
  ${body}`,
]

// 2 MB are more than a pipe holds; without `endLog`, less than that is logged.
test.each([
  ['stops', 2_000, 1_000, 'await endLog()'],
  ['only exits', 500, 0, ''],
])('a process that %s has written every line, in order, with its time', async (...given) => {
  const [, count, length, end] = given
  const before = new Date().toISOString()
  const run = execute(
    process.execPath,
    script(`const text = 'x'.repeat(${length})
      for (let i = 0; i < ${count}; i++) log.info({ i, text }, 'answered')
      log.error('the last one')
      ${end}
      process.exit(1)`),
    { maxBuffer: 2 ** 24 },
  )
  const { stdout } = await run.catch((error) => error)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  expect(lines.map(({ i }: { i?: number }) => i)).toEqual([...Array(count).keys(), undefined])
  for (const { time } of lines) {
    expect(new Date(time).toISOString()).toBe(time)
    expect(time >= before && time <= new Date().toISOString()).toBe(true)
  }
})

test('a process also stops when the reader of its log is gone', async () => {
  const child = spawn(
    process.execPath,
    script(`log.info('ready')
      for await (const _ of process.stdin);
      log.info('stopping')
      await endLog()
      process.exit()`),
  )
  await once(child.stdout, 'data')
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})
