// The priority score: what the answers are worth, and what friends add.

export const personas = [
  'solo_founder',
  'small_team',
  'agency',
  'content_creator',
  'other',
] as const
export type Persona = (typeof personas)[number]

const personaScores: Record<Persona, number> = {
  solo_founder: 10,
  small_team: 15,
  agency: 20,
  content_creator: 8,
  other: 5,
}

const DETAILED_WORDS = 20
const keywords = ['marketing', 'content', 'automation', 'time']

/** What the answers are worth: 5 … 35. */
export const answersScore = (answers: { use_case: string; persona: Persona }): number => {
  const words = answers.use_case.split(/\s+/).filter(Boolean)
  const text = answers.use_case.toLowerCase()
  const detailed = words.length > DETAILED_WORDS ? 10 : 0
  const fitting = keywords.some((word) => text.includes(word)) ? 5 : 0
  return personaScores[answers.persona] + detailed + fitting
}

/** Each referral that counts adds 5, up to 50. */
export const CREDIT_SCORE = 5
export const CREDITS_MAX = 50
