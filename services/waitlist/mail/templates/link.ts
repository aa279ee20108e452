// The requested link that signs a member in.
import type { Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const link: Template = {
  en: (facts) => ({
    subject: 'Your link to VoBee',
    blocks: [
      'Here is the link to your page. It works once, within an hour.',
      { label: 'Open your page', url: facts.page.url },
      ...(facts.isRemoved ? [] : [en.place(facts), ...en.share(facts)]),
    ],
  }),
  de: (facts) => ({
    subject: 'Dein Link zu VoBee',
    blocks: [
      'Hier ist der Link zu deiner Seite. Er gilt einmal und eine Stunde lang.',
      { label: 'Deine Seite öffnen', url: facts.page.url },
      ...(facts.isRemoved ? [] : [de.place(facts), ...de.share(facts)]),
    ],
  }),
}
