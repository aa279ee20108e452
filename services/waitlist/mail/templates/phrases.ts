// What several mails say alike.
import type { Block, Facts, Language } from './message.ts'

export type Phrases = {
  count: (n: number) => string
  place: (facts: Facts) => Block
  share: (facts: Facts) => Block[]
  page: (facts: Facts) => { press: string; url: string }
  footer: (facts: Facts) => Block[]
}

const counter = (locale: string) => {
  const format = new Intl.NumberFormat(locale)
  return (n: number) => format.format(n)
}

/** A link that is shown as it is. */
export const shown = (url: string): Block => ({ press: url, url, plain: true })

const [inEnglish, inGerman] = [counter('en'), counter('de')]

const en: Phrases = {
  count: inEnglish,
  place: ({ position, totalWaiting, isInvited }) => {
    if (isInvited) return 'You are invited already: you wait no longer.'
    return position === null
      ? 'You take your place in the line as soon as you have confirmed this address.'
      : `You are number ${inEnglish(position)} of ${inEnglish(totalWaiting)} in the line.`
  },
  share: ({ shareUrl, friendsConfirm, isInvited }) => {
    const confirms = friendsConfirm ? ' and confirms their address' : ''
    const gain = isInvited ? 'brings you nearer to codes to give away' : 'moves you up'
    return [`Every friend who joins with your link${confirms} ${gain}:`, shown(shareUrl)]
  },
  page: ({ page }) => ({
    press: page.confirms ? 'Confirm this address' : 'See your page',
    url: page.url,
  }),
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
  share: ({ shareUrl, friendsConfirm, isInvited }) => {
    const confirms = friendsConfirm ? ' und seine Adresse bestätigt' : ''
    const gain = isInvited ? 'kommst du Codes zum Weitergeben näher' : 'rückst du vor'
    return [
      `Mit jedem Freund, der über deinen Link dazukommt${confirms}, ${gain}:`,
      shown(shareUrl),
    ]
  },
  page: ({ page }) => ({
    press: page.confirms ? 'Adresse bestätigen' : 'Deine Seite ansehen',
    url: page.url,
  }),
  footer: ({ stopUrl }) => [
    'Du bekommst diese Mail, weil jemand diese Adresse für die Warteliste von VoBee angegeben hat. Warst du es nicht, musst du nichts tun.',
    { press: 'Keine solchen Mails mehr', url: stopUrl },
  ],
}

export const phrases: Record<Language, Phrases> = { en, de }
