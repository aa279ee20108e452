import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { logger } from './log.ts'
import { readableLine } from './readable-log.ts'

const line = (members: object) =>
  stripVTControlCharacters(
    readableLine(
      JSON.stringify({
        level: 30,
        time: '2026-03-02T09:30:15.250Z',
        service: 'waitlist',
        ...members,
      }),
    ),
  )

test('a request is a line with its method, route, status and time', () => {
  const request = { method: 'POST', route: '/api/waitlist/join', status: 201, ms: 4.2 }
  const client = { client: '192.0.2.1', key: 'campaigns' }
  expect(line({ ...request, ...client, request_id: 'r-1', msg: 'answered' })).toMatch(
    /^\d\d:30:15 waitlist {6}POST \/api\/waitlist\/join 201 4\.2 ms client=192\.0\.2\.1 key=campaigns\n$/,
  )
})

test('a process writes readable lines to a terminal', () => {
  vi.stubGlobal('process', { ...process, stdout: { isTTY: true, write: vi.fn() } })
  onTestFinished(() => void vi.unstubAllGlobals())
  const { stream } = logger('info', 'waitlist') as { stream: { write: (line: string) => void } }
  const time = '2026-03-02T09:30:15.250Z'
  stream.write(JSON.stringify({ level: 30, time, service: 'waitlist', msg: 'ready' }))
  expect(vi.mocked(process.stdout.write).mock.lastCall?.[0]).toMatch(/^.*waitlist.*ready.*\n$/)
  expect(vi.mocked(process.stdout.write).mock.lastCall?.[0]).not.toContain('{')
})

test('an error has its request and its stack', () => {
  const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at here' }
  expect(line({ level: 50, err, request_id: 'r-1', msg: 'it failed', tries: 3 })).toMatch(
    / it failed tries=3 request_id=r-1\nError: broken\n {4}at here\n$/,
  )
})
