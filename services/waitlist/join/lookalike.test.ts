import { expect, test } from 'vitest'
import { lookalikeOf } from './lookalike.ts'

test.each([
  ['anna1@example.com', 'anna'],
  ['Anna.2@example.org', 'anna'],
  ['anna.k.7@example.com', 'anna'],
  ['an_na-99+launch@example.com', 'anna'],
  ['anna.miller@example.com', 'annamiller'],
  ['jürgen7@example.com', 'jürgen'],
])('%s has the bucket %s', (address, bucket) => {
  expect(lookalikeOf(address)).toBe(bucket)
})

test.each(['info@example.com', 'hello2@example.com', 'bo7@example.com', 'a.b.c.d@example.com'])(
  '%s looks like nobody: its letters are few or common',
  (address) => {
    expect(lookalikeOf(address)).toBeNull()
  },
)
