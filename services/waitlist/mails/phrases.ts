// What several mails say alike.
import type { Block, Facts, Language } from './letter.ts'

export type Phrases = {
  count: (n: number) => string
  place: (facts: Facts) => Block
  share: (facts: Facts) => Block[]
  page: (facts: Facts) => Block
  codes: (facts: Facts) => Block[]
  footer: (facts: Facts) => Block[]
}

const counter = (locale: string) => {
  const format = new Intl.NumberFormat(locale)
  return (n: number) => format.format(n)
}

const codes =
  (press: string) =>
  ({ codes: all }: Facts): Block[] =>
    all.flatMap(({ code, url }) => [{ code }, { press, url }])

const [inEnglish, inGerman] = [counter('en'), counter('de')]

const en: Phrases = {
  count: inEnglish,
  place: ({ position, totalWaiting, isInvited }) => {
    if (isInvited) return 'You are invited already: you wait no longer.'
    return position === null
      ? 'You take your place in the line as soon as you have confirmed this address.'
      : `You are number ${inEnglish(position)} of ${inEnglish(totalWaiting)} in the line.`
  },
  share: ({ shareUrl }) => [
    'Every friend who joins with your link moves you up:',
    { press: shareUrl, url: shareUrl },
  ],
  page: ({ page }) => ({
    press: page.confirms ? 'Confirm this address' : 'See your place',
    url: page.url,
  }),
  codes: codes('Use this code'),
  footer: ({ stopUrl }) => [
    'You get this because somebody gave this address for the VoBee waitlist. If that was not you, do nothing.',
    { press: 'No more mail of this kind', url: stopUrl },
  ],
}

const de: Phrases = {
  count: inGerman,
  place: ({ position, totalWaiting, isInvited }) => {
    if (isInvited) return 'Du bist schon eingeladen und wartest nicht mehr.'
    return position === null
      ? 'Deinen Platz in der Warteliste bekommst du, sobald du diese Adresse bestätigt hast.'
      : `Du stehst auf Platz ${inGerman(position)} von ${inGerman(totalWaiting)} in der Warteliste.`
  },
  share: ({ shareUrl }) => [
    'Mit jedem Freund, der über deinen Link dazukommt, rückst du vor:',
    { press: shareUrl, url: shareUrl },
  ],
  page: ({ page }) => ({
    press: page.confirms ? 'Adresse bestätigen' : 'Deinen Platz ansehen',
    url: page.url,
  }),
  codes: codes('Diesen Code einlösen'),
  footer: ({ stopUrl }) => [
    'Du bekommst diese Mail, weil jemand diese Adresse für die Warteliste von VoBee angegeben hat. Warst du es nicht, musst du nichts tun.',
    { press: 'Keine solchen Mails mehr', url: stopUrl },
  ],
}

export const phrases: Record<Language, Phrases> = { en, de }
