// "You are on the list": sent once after joining, and again when the member requests another.
import type { Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const joined: Template = {
  en: (facts) => ({
    subject: facts.page.confirms
      ? 'Please confirm your address for VoBee'
      : 'You are on the VoBee waitlist',
    blocks: [
      'Thank you for joining the VoBee waitlist.',
      en.place(facts),
      en.page(facts),
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: facts.page.confirms
      ? 'Bitte bestätige deine Adresse für VoBee'
      : 'Du stehst auf der Warteliste von VoBee',
    blocks: [
      'Schön, dass du auf der Warteliste von VoBee stehst.',
      de.place(facts),
      de.page(facts),
      ...de.share(facts),
    ],
  }),
}
