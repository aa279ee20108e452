import { expect, test } from 'vitest'
import { retry } from './retry.ts'

const failing = (code: string, times: number) => {
  let calls = 0
  return {
    calls: () => calls,
    attempt: async () => {
      calls++
      if (calls <= times) throw Object.assign(new Error(code), { code })
      return calls
    },
  }
}

test('a deadlock or a serialization failure is run again, up to five times', async () => {
  expect(await retry(failing('40P01', 4).attempt)).toBe(5)
  expect(await retry(failing('40001', 1).attempt)).toBe(2)
  const hopeless = failing('40P01', 9)
  await expect(retry(hopeless.attempt)).rejects.toThrow('40P01')
  expect(hopeless.calls()).toBe(5)
})

test('another error is thrown at once, unless the caller expects it', async () => {
  const unique = failing('23505', 1)
  await expect(retry(unique.attempt)).rejects.toThrow('23505')
  expect(unique.calls()).toBe(1)
  const isUnique = (error: unknown) => (error as { code?: string }).code === '23505'
  expect(await retry(failing('23505', 1).attempt, isUnique)).toBe(2)
})
