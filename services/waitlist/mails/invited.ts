// You are invited: the code of a wave.
import type { Template } from './letter.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const invited: Template = {
  en: (facts) => ({
    subject: 'You are invited to VoBee',
    blocks: [
      'Your wait is over. This invite code is for you alone:',
      ...en.codes(facts),
      en.page(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du bist zu VoBee eingeladen',
    blocks: [
      'Das Warten hat ein Ende. Dieser Einladungscode ist nur für dich:',
      ...de.codes(facts),
      de.page(facts),
    ],
  }),
}
