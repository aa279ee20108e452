import { expect, test } from 'vitest'
import { isDisposable } from './disposable.ts'

test.each([
  ['ada@mailinator.com', true],
  ['ada@anything.mailinator.com', true],
  ['ada@a.b.yopmail.com', true],
  ['ada@mailinator-not.com', false],
  ['ada@mailinator.com.example.org', false],
  ['ada@gmail.com', false],
  ['ada@outlook.com', false],
  ['ada@proton.me', false],
  ['ada@icloud.com', false],
  ['ada@example.com', false],
])('%s is disposable: %s', (address, expected) => {
  expect(isDisposable(address)).toBe(expected)
})
