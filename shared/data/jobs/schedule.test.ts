import { expect, test } from 'vitest'
import { dueJobs } from './schedule.ts'

const MINUTE = 60_000
type Job = { name: string; everyMinutes: number }

const minutely = { name: 'minutely', everyMinutes: 1 }
const daily = { name: 'daily', everyMinutes: 1_440 }

const open = (jobs: Job[], from: number) => {
  const started: string[] = []
  const errors: unknown[] = []
  let isAvailable = true
  const startDue = dueJobs(
    jobs,
    {
      next: ({ everyMinutes }, since) => {
        const period = everyMinutes * MINUTE
        return (Math.floor(since / period) + 1) * period
      },
      start: async ({ name }, at) => {
        if (!isAvailable) throw new Error('unavailable')
        started.push(`${name} ${at / MINUTE}`)
      },
      onError: (error) => errors.push(error),
      rest: async () => {},
    },
    from,
  )
  const setAvailable = (value: boolean) => {
    isAvailable = value
  }
  return { started, errors, startDue, setAvailable }
}

test('a job starts once in each minute in which it is due', async () => {
  const { started, startDue } = open([minutely, daily], 1_438 * MINUTE)
  for (const minutes of [1_439, 1_440, 1_440.01, 1_441]) await startDue(minutes * MINUTE)
  expect(started).toEqual(['minutely 1439', 'minutely 1440', 'daily 1440', 'minutely 1441'])
})

test('replicas agree on the time of an occurrence, also when one of them is late', async () => {
  const [one, other] = [open([daily], 1_400 * MINUTE), open([daily], 1_430 * MINUTE)]
  await one.startDue(1_440 * MINUTE)
  await other.startDue(1_440.9 * MINUTE)
  expect(one.started).toEqual(['daily 1440'])
  expect(other.started).toEqual(['daily 1440'])
})

test('a job that could not be started is started later, and does not stop others', async () => {
  const { started, errors, startDue, setAvailable } = open([daily], 1_439 * MINUTE)
  setAvailable(false)
  await startDue(1_440 * MINUTE)
  await startDue(1_441 * MINUTE)
  expect([started, errors.length]).toEqual([[], 2])
  setAvailable(true)
  await startDue(1_442 * MINUTE)
  await startDue(1_443 * MINUTE)
  expect(started).toEqual(['daily 1440'])
})
