// What scores are made of: one document, which an admin may change as a whole.
import { text } from '@vobee/shared/http/text'
import { z } from 'zod'
import type { Persona } from './personas.ts'

const points = z.int().min(0).max(1_000)

const personaPoints: Record<Persona, typeof points> = {
  solo_founder: points,
  small_team: points,
  agency: points,
  content_creator: points,
  other: points,
}

export const Scoring = z
  .strictObject({
    personas: z.strictObject(personaPoints),
    detail: z
      .strictObject({ more_than_words: z.int().min(0).max(1_000), points })
      .describe('Added to a use case of more words than that.'),
    keywords: z
      .strictObject({ any_of: z.array(text(50)).max(100), points })
      .describe('Added once to a use case that contains any of them, in any case.'),
    referrals: z
      .strictObject({ points, points_max: z.int().min(0).max(10_000) })
      .describe('Added for each referral that counts, up to so many points in all.'),
  })
  .meta({ id: 'Scoring' })
export type Scoring = z.infer<typeof Scoring>

/** The scoring until somebody changes it: version 0. */
export const documentedScoring: Scoring = {
  personas: { solo_founder: 10, small_team: 15, agency: 20, content_creator: 8, other: 5 },
  detail: { more_than_words: 20, points: 10 },
  keywords: { any_of: ['marketing', 'content', 'automation', 'time'], points: 5 },
  referrals: { points: 5, points_max: 50 },
}
