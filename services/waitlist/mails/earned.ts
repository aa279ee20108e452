// You earned invite codes, to give to others.
import type { Template } from './letter.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const earned: Template = {
  en: (facts) => ({
    subject: 'You earned invite codes for VoBee',
    blocks: [
      'Your friends have joined, and you have earned invite codes. Give them to whom you like:',
      ...en.codes(facts),
      en.place(facts),
      en.page(facts),
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du hast Einladungscodes für VoBee verdient',
    blocks: [
      'Deine Freunde sind dabei, und du hast Einladungscodes verdient. Gib sie weiter, an wen du willst:',
      ...de.codes(facts),
      de.place(facts),
      de.page(facts),
      ...de.share(facts),
    ],
  }),
}
