// You earned invite codes, to give to others. It is made to be forwarded: nothing in it signs in.
import type { Block, Facts, Template } from './message.ts'
import { phrases, shown } from './phrases.ts'

const { en, de } = phrases

const toPassOn = ({ codes }: Facts): Block[] =>
  codes.flatMap(({ code, url }) => [{ code }, shown(url)])

export const earned: Template = {
  en: (facts) => ({
    subject: 'You earned invite codes for VoBee',
    blocks: [
      'Your friends have earned you invite codes to pass on. Give each, as a code or as its link, to whom you like:',
      ...toPassOn(facts),
      en.place(facts),
      { ...en.page(facts), plain: true },
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du hast Einladungscodes für VoBee verdient',
    blocks: [
      'Deine Freunde haben dir Einladungscodes zum Weitergeben eingebracht. Gib jeden, als Code oder als Link, an wen du willst:',
      ...toPassOn(facts),
      de.place(facts),
      { ...de.page(facts), plain: true },
      ...de.share(facts),
    ],
  }),
}
