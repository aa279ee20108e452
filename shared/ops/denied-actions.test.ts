import { expect, test } from 'vitest'
import { denialCounter } from './denied-actions.ts'

test('in ten minutes a caller leaves one row for each route, which counts the denials before it', () => {
  let now = 1_000
  const count = denialCounter(() => now)
  expect(['key 1', 'key 1', 'key 1', 'key 2'].map(count)).toEqual([0, null, null, 0])
  now += 600_000
  expect(['key 1', 'key 1', 'key 2'].map(count)).toEqual([2, null, 0])
})
