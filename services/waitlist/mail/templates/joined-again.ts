// "You are already on the list": what the reply to a repeated join must not reveal.
import type { Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

export const joinedAgain: Template = {
  en: (facts) => ({
    subject: 'You are already on the VoBee waitlist',
    blocks: [
      'Somebody just tried to join the VoBee waitlist with this address. It is already on the list, so nothing has changed.',
      en.place(facts),
      en.page(facts),
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du stehst schon auf der Warteliste von VoBee',
    blocks: [
      'Gerade wollte sich jemand mit dieser Adresse auf die Warteliste von VoBee setzen. Sie steht schon darauf, es hat sich also nichts geändert.',
      de.place(facts),
      de.page(facts),
      ...de.share(facts),
    ],
  }),
}
