import { expect, test } from 'vitest'
import { createPeople } from './people.ts'

test('the people are the same at every run, each with a different address', () => {
  const people = createPeople(500)
  expect(createPeople(500)).toEqual(people)
  expect(new Set(people.map(({ email }) => email)).size).toBe(500)
})

test('everybody is referred by somebody who joined earlier', () => {
  const people = createPeople(500)
  const referred = [...people.entries()].filter(([, { referrer }]) => referrer !== null)
  expect(referred.length).toBeGreaterThan(150)
  for (const [n, { referrer }] of referred) expect(referrer).toBeLessThan(n)
})
