// "You earned invite codes": people forward it, so it contains no link that signs in.
import type { Block, Facts, Template } from './message.ts'
import { phrases, plainLink } from './phrases.ts'

const { en, de } = phrases

const isOne = ({ codes }: Facts) => codes.length === 1

const codesToShare = ({ codes }: Facts): Block[] =>
  codes.flatMap(({ code, url }) => [{ code }, plainLink(url)])

export const earned: Template = {
  en: (facts) => ({
    subject: isOne(facts)
      ? 'You earned an invite code for VoBee'
      : 'You earned invite codes for VoBee',
    blocks: [
      isOne(facts)
        ? 'Your friends have earned you an invite code. Give it away, as a code or as a link:'
        : 'Your friends have earned you invite codes. Give each one away, as a code or as a link:',
      ...codesToShare(facts),
      en.place(facts),
      { ...en.page(facts), plain: true },
      ...en.share(facts),
    ],
  }),
  de: (facts) => ({
    subject: isOne(facts)
      ? 'Du hast einen Einladungscode für VoBee verdient'
      : 'Du hast Einladungscodes für VoBee verdient',
    blocks: [
      isOne(facts)
        ? 'Deine Freunde haben dir einen Einladungscode eingebracht. Gib ihn weiter, als Code oder als Link:'
        : 'Deine Freunde haben dir Einladungscodes eingebracht. Gib sie weiter, als Code oder als Link:',
      ...codesToShare(facts),
      de.place(facts),
      { ...de.page(facts), plain: true },
      ...de.share(facts),
    ],
  }),
}
