// "You are invited": the code of a wave.
import type { Block, Facts, Template } from './message.ts'
import { phrases } from './phrases.ts'

const { en, de } = phrases

const codesToRedeem = ({ codes }: Facts, label: string): Block[] =>
  codes.flatMap(({ code, url }) => [{ code }, { label, url }])

export const invited: Template = {
  en: (facts) => ({
    subject: 'You are invited to VoBee',
    blocks: [
      'Your wait is over. This invite code is for you alone:',
      ...codesToRedeem(facts, 'Redeem this code'),
      { ...en.page(facts), plain: true },
    ],
  }),
  de: (facts) => ({
    subject: 'Du bist zu VoBee eingeladen',
    blocks: [
      'Das Warten hat ein Ende. Dieser Einladungscode ist nur für dich:',
      ...codesToRedeem(facts, 'Diesen Code einlösen'),
      { ...de.page(facts), plain: true },
    ],
  }),
}
