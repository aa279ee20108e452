import { describe, expect, test } from 'vitest'
import { CustomCode, GivenCode, Prefix } from './code-format.ts'

const passes = (schema: typeof CustomCode, given: string) => schema.safeParse(given).success

describe('a custom code', () => {
  test('has 6 to 32 characters', () => {
    expect(passes(CustomCode, 'a'.repeat(5))).toBe(false)
    expect(passes(CustomCode, 'a'.repeat(6))).toBe(true)
    expect(passes(CustomCode, 'a'.repeat(32))).toBe(true)
    expect(passes(CustomCode, 'a'.repeat(33))).toBe(false)
  })

  test('has letters, digits, _ and -', () => {
    expect(passes(CustomCode, 'Launch_2026-A')).toBe(true)
    for (const given of ['two words', 'Straße', 'launch.', 'launch/1', 'launch\n1']) {
      expect(passes(CustomCode, given)).toBe(false)
    }
  })

  test('is not a word that a path has in place of a code', () => {
    for (const given of ['batches', 'Creators', 'RESERVATIONS', 'revocations']) {
      expect(passes(CustomCode, given)).toBe(false)
    }
    expect(passes(CustomCode, 'batches-1')).toBe(true)
  })
})

test('a prefix with the longest code is no longer than a custom code may be', () => {
  expect(passes(Prefix, 'VOBEE-')).toBe(true)
  expect(passes(Prefix, 'A'.repeat(12))).toBe(true)
  expect(passes(Prefix, 'A'.repeat(13))).toBe(false)
  expect(passes(Prefix, '')).toBe(false)
  expect(passes(Prefix, 'A,B')).toBe(false)
})

test('space around a typed code is removed', () => {
  expect(GivenCode.parse('  vobee-a7f3e9d2b1c4\n')).toBe('vobee-a7f3e9d2b1c4')
})
