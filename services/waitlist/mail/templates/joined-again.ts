// You were in already: the truth that the answer of a repeated join does not tell.
import type { Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const joinedAgain: Template = {
  en: (facts) => ({
    subject: 'You were on the VoBee waitlist already',
    blocks: [
      'Somebody has just joined the VoBee waitlist with this address, which was on it already. Nothing has changed.',
      en.place(facts),
      en.page(facts),
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du standest schon auf der Warteliste von VoBee',
    blocks: [
      'Gerade hat sich jemand mit dieser Adresse auf die Warteliste von VoBee gesetzt, auf der sie schon stand. Nichts hat sich geändert.',
      de.place(facts),
      de.page(facts),
      ...de.share(facts),
    ],
  }),
}
