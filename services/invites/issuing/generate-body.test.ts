import { expect, test } from 'vitest'
import { GenerateBody } from './generate-body.ts'

const paths = (given: object) =>
  (GenerateBody.safeParse(given).error?.issues ?? []).map((issue) => issue.path.join('.')).sort()

test('a batch needs a size only; its codes then have one use', () => {
  expect(GenerateBody.parse({ batch_size: 50 })).toEqual({ batch_size: 50, max_uses: 1 })
  expect(GenerateBody.parse({ batch_size: 1_000_000, max_uses: null }).max_uses).toBe(null)
})

test('an expiry is given as days or as a date, not as both', () => {
  expect(paths({ batch_size: 1, expires_in_days: 3 })).toEqual([])
  expect(paths({ batch_size: 1, expires_at: null })).toEqual([])
  expect(paths({ batch_size: 1, expires_at: null, expires_in_days: 3 })).toEqual(['expires_at'])
})

test('a custom code is one code, and has no prefix', () => {
  expect(paths({ batch_size: 1, code: 'my-code' })).toEqual([])
  expect(paths({ batch_size: 2, code: 'my-code' })).toEqual(['code'])
  expect(paths({ batch_size: 1, code: 'my-code', prefix: 'A-' })).toEqual(['prefix'])
})

test('a mail needs a recipient', () => {
  expect(paths({ batch_size: 1, issued_to: 'ada@example.com', mail: false })).toEqual([])
  expect(paths({ batch_size: 1, mail: true })).toEqual(['mail'])
})

test('an override and its reason come together', () => {
  expect(paths({ batch_size: 1, override_gate: true, reason: 'press' })).toEqual([])
  expect(paths({ batch_size: 1, override_gate: true })).toEqual(['reason'])
  expect(paths({ batch_size: 1, override_gate: false, reason: 'press' })).toEqual(['reason'])
})

test('conflicts are reported together with the errors of single members', () => {
  const given = { batch_size: 0, code: 'my-code', max_uses: -1, reason: 'why' }
  expect(paths(given)).toEqual(['batch_size', 'code', 'max_uses', 'reason'])
})

test('a body that is not an object is an error, not a crash', () => {
  for (const given of [null, [], 'text', 7]) {
    expect(GenerateBody.safeParse(given).success).toBe(false)
  }
})
