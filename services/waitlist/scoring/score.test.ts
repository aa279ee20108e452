import { describe, expect, test } from 'vitest'
import { documentedScoring, Scoring } from './document.ts'
import type { Persona } from './personas.ts'
import { answersScore } from './score.ts'

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ')
const score = (persona: Persona, use_case: string, scoring = documentedScoring) =>
  answersScore(scoring, { persona, use_case, disposable: false })

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

  test('rises by 5 once, however many keywords occur', () => {
    expect(score('other', 'marketing content automation time')).toBe(10)
  })

  test('is between 5 and 35', () => {
    expect(score('other', 'x')).toBe(5)
    expect(score('agency', `marketing ${words(20)}`)).toBe(35)
  })

  test('of the documented example is 15', () => {
    expect(score('solo_founder', 'I want to use VoBee for marketing automation')).toBe(15)
  })
})

describe('another scoring', () => {
  const other: Scoring = {
    personas: { ...documentedScoring.personas, agency: 1 },
    detail: { more_than_words: 2, points: 7 },
    keywords: { any_of: ['Robots'], points: 100 },
    referrals: { points: 1, points_max: 3 },
  }

  test('adds its own points', () => {
    expect(score('agency', 'marketing', other)).toBe(1)
    expect(score('agency', 'one two three', other)).toBe(8)
    expect(score('agency', 'for ROBOTS', other)).toBe(101)
  })

  test('adds nothing for answers from a disposable address', () => {
    const answers = { persona: 'agency', use_case: 'for robots', disposable: true } as const
    expect(answersScore(other, answers)).toBe(0)
  })

  test('is validated as a whole, and the documented one is valid', () => {
    expect(Scoring.parse(documentedScoring)).toEqual(documentedScoring)
    const { other: _, ...fewer } = documentedScoring.personas
    for (const wrong of [
      { ...other, personas: fewer },
      { ...other, personas: { ...other.personas, robot: 1 } },
      { ...other, referrals: { points: -1, points_max: 3 } },
      { ...other, detail: { more_than_words: 2, points: 1001 } },
      { ...other, keywords: { any_of: [''], points: 1 } },
      { ...other, bonus: 1 },
    ]) {
      expect(Scoring.safeParse(wrong).success).toBe(false)
    }
  })
})
