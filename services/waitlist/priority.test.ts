import { describe, expect, test } from 'vitest'
import { answersScore, type Persona } from './priority.ts'

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ')
const score = (persona: Persona, use_case: string) => answersScore({ persona, use_case })

describe('the priority score', () => {
  test.each([
    ['solo_founder', 10],
    ['small_team', 15],
    ['agency', 20],
    ['content_creator', 8],
    ['other', 5],
  ] as const)('of %s starts at %i', (persona, points) => {
    expect(score(persona, 'short')).toBe(points)
  })

  test('rises by 10 for a use case of more than 20 words', () => {
    expect(score('other', words(20))).toBe(5)
    expect(score('other', words(21))).toBe(15)
    expect(score('other', ` ${words(20)} \n `)).toBe(5)
  })

  test.each(['marketing', 'content', 'automation', 'time', 'MARKETING', 'sometimes'])(
    'rises by 5 for the word %s',
    (word) => {
      expect(score('other', `We need ${word} here`)).toBe(10)
    },
  )

  test('rises by 5 once, however many of the words there are', () => {
    expect(score('other', 'marketing content automation time')).toBe(10)
  })

  test('reaches from 5 to 35', () => {
    expect(score('other', 'x')).toBe(5)
    expect(score('agency', `marketing ${words(20)}`)).toBe(35)
  })

  test('of the documented example is 15', () => {
    expect(score('solo_founder', 'I want to use VoBee for marketing automation')).toBe(15)
  })
})
