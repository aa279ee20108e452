import { defineConfig } from 'vitest/config'

const tests = (folder: string) => [`*/${folder}`, `services/*/${folder}`]

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: tests('*.test.ts'),
        },
      },
      {
        test: {
          name: 'db',
          include: tests('test/**/*.test.ts'),
          globalSetup: '@vobee/testing/global-setup',
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 20_000,
          hookTimeout: 30_000,
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
        },
      },
    ],
  },
})
