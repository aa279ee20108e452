// The scoring document: the parts of a score. An admin changes it as a whole.
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
      .describe('Added if the use case has more words than this.'),
    keywords: z
      .strictObject({ any_of: z.array(text(50)).max(100), points })
      .describe('Added once if the use case contains any of these, in upper or lower case.'),
    referrals: z
      .strictObject({ points, points_max: z.int().min(0).max(10_000) })
      .describe('Added for each referral that counts, up to this many points in total.'),
  })
  .meta({ id: 'Scoring' })
export type Scoring = z.infer<typeof Scoring>

/** The scoring until the first change: version 0. */
export const documentedScoring: Scoring = {
  personas: { solo_founder: 10, small_team: 15, agency: 20, content_creator: 8, other: 5 },
  detail: { more_than_words: 20, points: 10 },
  keywords: { any_of: ['marketing', 'content', 'automation', 'time'], points: 5 },
  referrals: { points: 5, points_max: 50 },
}
