// "Your invite code": issued by an admin to an address, which may not be on the list.
import type { Block, IssuedFacts, Language } from './message.ts'
import { phrases } from './phrases.ts'

type Content = (facts: IssuedFacts) => { subject: string; blocks: Block[]; footer: Block[] }

const { en, de } = phrases

const codesToRedeem = ({ codes }: IssuedFacts, label: string): Block[] =>
  codes.flatMap(({ code, url }) => [{ code }, { label, url }])

const rest = ({ codes, count, pageUrl }: IssuedFacts, words: string, label: string): Block[] =>
  count > codes.length ? [words, { label, url: pageUrl, plain: true }] : []

export const issued: Record<Language, Content> = {
  en: (facts) => ({
    subject: facts.count === 1 ? 'Your invite code for VoBee' : 'Your invite codes for VoBee',
    blocks: [
      facts.count === 1
        ? 'This invite code is for you alone:'
        : `These ${en.count(facts.count)} invite codes are for you alone:`,
      ...codesToRedeem(facts, 'Redeem this code'),
      ...rest(facts, 'Your page shows the other codes.', 'See your page'),
    ],
    footer: facts.unsubscribeUrl
      ? en.stop(facts.unsubscribeUrl)
      : ['You received this mail because an invite code was issued to this address.'],
  }),
  de: (facts) => ({
    subject:
      facts.count === 1 ? 'Dein Einladungscode für VoBee' : 'Deine Einladungscodes für VoBee',
    blocks: [
      facts.count === 1
        ? 'Dieser Einladungscode ist nur für dich:'
        : `Diese ${de.count(facts.count)} Einladungscodes sind nur für dich:`,
      ...codesToRedeem(facts, 'Diesen Code einlösen'),
      ...rest(facts, 'Die übrigen Codes stehen auf deiner Seite.', 'Deine Seite ansehen'),
    ],
    footer: facts.unsubscribeUrl
      ? de.stop(facts.unsubscribeUrl)
      : ['Du bekommst diese Mail, weil für diese Adresse ein Einladungscode ausgestellt wurde.'],
  }),
}
