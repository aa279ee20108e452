// Writes a mail of a kind in the language of its recipient.
import type { MailKind } from '../mails.ts'
import { earned } from './earned.ts'
import { invited } from './invited.ts'
import { issued } from './issued.ts'
import { joined } from './joined.ts'
import { joinedAgain } from './joined-again.ts'
import { link } from './link.ts'
import type { Facts, IssuedFacts, Language, Message, Template } from './message.ts'
import { movedUp } from './moved-up.ts'
import { phrases } from './phrases.ts'
import { htmlOf, textOf } from './render.ts'

const templates: Record<MailKind, Template> = {
  joined,
  joined_again: joinedAgain,
  invited,
  earned,
  moved_up: movedUp,
  link,
}

/** Returns German for a locale such as `de` or `de-AT`, else English. */
export const languageOf = (locale: string | null): Language =>
  /^de\b/i.test(locale ?? '') ? 'de' : 'en'

export type WrittenMail = { subject: string; text: string; html: string }

const rendered = (message: Message, language: Language): WrittenMail => ({
  subject: message.subject,
  text: textOf(message),
  html: htmlOf(message, language),
})

export const writeMail = (kind: MailKind, locale: string | null, facts: Facts): WrittenMail => {
  const language = languageOf(locale)
  const content = templates[kind][language](facts)
  return rendered({ ...content, footer: phrases[language].stop(facts.unsubscribeUrl) }, language)
}

export const writeIssued = (locale: string | null, facts: IssuedFacts): WrittenMail => {
  const language = languageOf(locale)
  return rendered(issued[language](facts), language)
}
