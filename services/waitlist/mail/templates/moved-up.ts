// "You moved up": a referral counts.
import type { Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const movedUp: Template = {
  en: (facts) => ({
    subject: `You moved up: number ${en.count(facts.position ?? 1)}`,
    blocks: [
      'A friend you referred now counts, and you have moved up.',
      en.place(facts),
      en.page(facts),
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: `Du bist vorgerückt: Platz ${de.count(facts.position ?? 1)}`,
    blocks: [
      'Ein Freund, den du eingeladen hast, zählt jetzt: Du bist vorgerückt.',
      de.place(facts),
      de.page(facts),
      ...de.share(facts),
    ],
  }),
}
