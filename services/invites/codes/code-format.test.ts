import { describe, expect, test } from 'vitest'
import { GivenCode, OwnCode, Prefix } from './code-format.ts'

const passes = (schema: typeof OwnCode, given: string) => schema.safeParse(given).success

describe('a code of somebody’s own', () => {
  test('has 6 to 32 characters', () => {
    expect(passes(OwnCode, 'a'.repeat(5))).toBe(false)
    expect(passes(OwnCode, 'a'.repeat(6))).toBe(true)
    expect(passes(OwnCode, 'a'.repeat(32))).toBe(true)
    expect(passes(OwnCode, 'a'.repeat(33))).toBe(false)
  })

  test('is of letters, digits, _ and -', () => {
    expect(passes(OwnCode, 'Launch_2026-A')).toBe(true)
    for (const given of ['two words', 'Straße', 'launch.', 'launch/1', 'launch\n1']) {
      expect(passes(OwnCode, given)).toBe(false)
    }
  })

  test('is no word that stands where a code does in a path', () => {
    for (const given of ['batches', 'Creators', 'RESERVATIONS', 'revocations']) {
      expect(passes(OwnCode, given)).toBe(false)
    }
    expect(passes(OwnCode, 'batches-1')).toBe(true)
  })
})

test('a prefix and the longest code behind it fit where an own code does', () => {
  expect(passes(Prefix, 'VOBEE-')).toBe(true)
  expect(passes(Prefix, 'A'.repeat(12))).toBe(true)
  expect(passes(Prefix, 'A'.repeat(13))).toBe(false)
  expect(passes(Prefix, '')).toBe(false)
  expect(passes(Prefix, 'A,B')).toBe(false)
})

test('a code as typed loses the space around it', () => {
  expect(GivenCode.parse('  vobee-a7f3e9d2b1c4\n')).toBe('vobee-a7f3e9d2b1c4')
})
