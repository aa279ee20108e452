import { availableParallelism } from 'node:os'
import { SkippedTests } from '@vobee/testing/skipped-tests'
import { defineConfig } from 'vitest/config'

// Tests stand beside what they test: `x.test.ts` needs nothing, `x.db.test.ts` needs Postgres.
const onDatabase = ['**/*.db.test.ts']
// A test that compares times, or loads all cores, must run alone.
const timed = ['**/{privacy,overload}.db.test.ts', 'e2e/journeys/{moving-line,redeem-race}.test.ts']
const elsewhere = ['**/node_modules/**', 'e2e/journeys/**', '.data/**']

// Most tests wait for Postgres or for time to pass: one worker more than cores.
const maxWorkers = Math.max(2, availableParallelism()) + 1

// These only end tests that hang, also on two slow cores beside other work.
const timeouts = {
  expect: { poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

const onPostgres = { ...timeouts, globalSetup: '@vobee/testing/global-setup' }

// `npm run test:long`: the long forms of the tests with random operations.
const long = {
  LINE_OPERATIONS: '100000',
  LINE_SECONDS: '60',
  REDEEM_ROUNDS: '100',
  KEYED_ROUNDS: '300',
  GUESS_RUNS: '5000',
  GATE_PAUSES: '100',
  FRAUD_SEEDS: '1 2',
  REFERRAL_RUNS: '1000',
  REPORT_OPERATIONS: '20000',
}

const inWorkers = (mode: string) => ({
  pool: 'forks' as const,
  // The files of a worker share their modules: importing them took half of the CPU time.
  isolate: false,
  env: mode === 'long' ? long : {},
})

export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', new SkippedTests()],
    projects: [
      {
        test: {
          ...inWorkers(mode),
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, ...onDatabase],
          ...timeouts,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...inWorkers(mode),
          ...onPostgres,
          name: 'db',
          include: onDatabase,
          exclude: [...elsewhere, ...timed],
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...inWorkers(mode),
          ...onPostgres,
          name: 'timed',
          include: timed,
          fileParallelism: false,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...inWorkers(mode),
          name: 'e2e',
          globalSetup: './e2e/testing/template.ts',
          include: ['e2e/journeys/*.test.ts'],
          exclude: timed,
          // A system is seven processes, which mostly wait.
          maxWorkers: 2,
          ...timeouts,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
}))
