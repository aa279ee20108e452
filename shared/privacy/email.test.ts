import { describe, expect, test } from 'vitest'
import { canonicalEmail, Email, personKeys } from './email.ts'

describe('an address', () => {
  test.each([
    'user@example.com',
    '  user@example.com ',
    "o'hara+news@sub.example.co.uk",
    'jörg@example.com'.replace('ö', 'o'),
    'user@bücher.example',
  ])('%s is one', (address) => {
    expect(Email.parse(address)).toBe(address.trim())
  })

  test.each([
    '',
    'nobody',
    '@example.com',
    'user@',
    'user@localhost',
    'a b@example.com',
    'user@example.com\u0000',
    'user@exam\ud800ple.com',
    'user@exam\nple.com',
    'user@example.com/\u0000',
    'user@example.com?y',
    'user@example.com#y',
    'user@example.com\\y',
    'user@ex%61mple.com',
    'us\ner@example.com',
    'us\u0000er@example.com',
    `${'a'.repeat(250)}@example.com`,
  ])('%j is none', (address) => {
    expect(Email.safeParse(address).success).toBe(false)
  })
})

describe('the canonical key', () => {
  test.each([
    ['User@Example.COM', 'user@example.com'],
    ['user+tag@example.com', 'user@example.com'],
    ['u.ser@example.com', 'u.ser@example.com'],
    ['U.s.er+x@googlemail.com', 'user@gmail.com'],
    ['user@BÜCHER.example', 'user@xn--bcher-kva.example'],
  ])('of %s is %s', (given, key) => {
    expect(canonicalEmail(given)).toBe(key)
  })

  test('a person always has the same key, and another secret gives another key', () => {
    const key = personKeys('a secret of at least 32 characters')
    expect(key('User+a@gmail.com')).toBe(key('u.s.e.r@googlemail.com'))
    expect(key('user@gmail.com')).not.toBe(key('user@example.com'))
    expect(key('user@gmail.com')).not.toBe(personKeys('another')('user@gmail.com'))
    expect(key('user@gmail.com')).toMatch(/^[\w-]{43}$/)
  })
})
