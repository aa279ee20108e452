// Phrases that several mails share.
import type { Block, Facts, Language } from './message.ts'

export type Phrases = {
  count: (n: number) => string
  place: (facts: Facts) => Block
  share: (facts: Facts) => Block[]
  page: (facts: Facts) => { label: string; url: string }
  /** The footer of every mail to somebody on the list. */
  stop: (unsubscribeUrl: string) => Block[]
}

const counter = (locale: string) => {
  const format = new Intl.NumberFormat(locale)
  return (n: number) => format.format(n)
}

/** A link whose label is its URL. */
export const plainLink = (url: string): Block => ({ label: url, url, plain: true })

const [inEnglish, inGerman] = [counter('en'), counter('de')]

const en: Phrases = {
  count: inEnglish,
  place: ({ position, totalWaiting, isInvited }) => {
    if (isInvited) return 'You are already invited.'
    return position === null
      ? 'Confirm this address to take your place in line.'
      : `You are number ${inEnglish(position)} of ${inEnglish(totalWaiting)} in line.`
  },
  share: ({ shareUrl, friendsConfirm, isInvited }) => {
    const confirms = friendsConfirm ? ' and confirms their address' : ''
    const gain = isInvited ? 'brings you closer to invite codes to give away' : 'moves you up'
    return [`Every friend who joins with your link${confirms} ${gain}:`, plainLink(shareUrl)]
  },
  page: ({ page }) => ({
    label: page.confirms ? 'Confirm this address' : 'See your page',
    url: page.url,
  }),
  stop: (unsubscribeUrl) => [
    'You received this mail because somebody entered this address on the VoBee waitlist. If that was not you, you can ignore it.',
    { label: 'Unsubscribe', url: unsubscribeUrl },
  ],
}

const de: Phrases = {
  count: inGerman,
  place: ({ position, totalWaiting, isInvited }) => {
    if (isInvited) return 'Du bist schon eingeladen.'
    return position === null
      ? 'Bestätige diese Adresse, um deinen Platz auf der Warteliste einzunehmen.'
      : `Du stehst auf Platz ${inGerman(position)} von ${inGerman(totalWaiting)} auf der Warteliste.`
  },
  share: ({ shareUrl, friendsConfirm, isInvited }) => {
    const confirms = friendsConfirm ? ' und seine Adresse bestätigt' : ''
    const gain = isInvited ? 'kommst du Codes zum Weitergeben näher' : 'rückst du vor'
    return [
      `Mit jedem Freund, der über deinen Link dazukommt${confirms}, ${gain}:`,
      plainLink(shareUrl),
    ]
  },
  page: ({ page }) => ({
    label: page.confirms ? 'Adresse bestätigen' : 'Deine Seite ansehen',
    url: page.url,
  }),
  stop: (unsubscribeUrl) => [
    'Du bekommst diese Mail, weil jemand diese Adresse für die Warteliste von VoBee angegeben hat. Warst du das nicht, kannst du sie ignorieren.',
    { label: 'Abbestellen', url: unsubscribeUrl },
  ],
}

export const phrases: Record<Language, Phrases> = { en, de }
