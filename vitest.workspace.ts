import { defineConfig } from 'vitest/config'

const tests = (folder: string) => [`*/${folder}`, `services/*/${folder}`]

// What compares times would see those of whatever runs beside it.
const timed = tests('test/**/{privacy,overload}.test.ts')

const onPostgres = {
  globalSetup: '@vobee/testing/global-setup',
  expect: { poll: { timeout: 10_000 } },
  testTimeout: 20_000,
  hookTimeout: 30_000,
}

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: tests('*.test.ts'),
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...onPostgres,
          name: 'db',
          include: tests('test/**/*.test.ts'),
          exclude: timed,
          // Most of them wait for Postgres or for time to pass.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...onPostgres,
          name: 'timed',
          include: timed,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/journeys/*.test.ts'],
          fileParallelism: false,
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
