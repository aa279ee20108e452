// The score of the answers. What referrals add is in referral-score.ts.
import type { Scoring } from './document.ts'
import type { Persona } from './personas.ts'

export type Answers = {
  use_case: string
  persona: Persona
  /** Joined from a disposable address that counts in the score. */
  disposable: boolean
}

/** Returns the points of the answers; 0 for a disposable address. */
export const answersScore = (
  { personas, detail, keywords }: Scoring,
  { use_case, persona, disposable }: Answers,
): number => {
  if (disposable) return 0
  const words = use_case.split(/\s+/).filter(Boolean)
  const text = use_case.toLowerCase()
  const isFitting = keywords.any_of.some((word) => text.includes(word.toLowerCase()))
  return (
    personas[persona] +
    (words.length > detail.more_than_words ? detail.points : 0) +
    (isFitting ? keywords.points : 0)
  )
}
