// "You earned invite codes": people forward it, so it contains no link that signs in.
import type { Block, Facts, Template } from './message.ts'
import { phrases, plainLink } from './phrases.ts'

const { en, de } = phrases

const codesToShare = ({ codes }: Facts): Block[] =>
  codes.flatMap(({ code, url }) => [{ code }, plainLink(url)])

export const earned: Template = {
  en: (facts) => ({
    subject: 'You earned invite codes for VoBee',
    blocks: [
      'Your friends have earned you invite codes. Give each one away, as a code or as a link:',
      ...codesToShare(facts),
      en.place(facts),
      { ...en.page(facts), plain: true },
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: 'Du hast Einladungscodes für VoBee verdient',
    blocks: [
      'Deine Freunde haben dir Einladungscodes eingebracht. Gib sie weiter, als Code oder als Link:',
      ...codesToShare(facts),
      de.place(facts),
      { ...de.page(facts), plain: true },
      ...de.share(facts),
    ],
  }),
}
