import { describe, expect, test } from 'vitest'
import type { MailKind } from '../mails.ts'
import type { Facts } from './message.ts'
import { languageOf, writeMail } from './write.ts'

const facts: Facts = {
  position: 1_234,
  totalWaiting: 5_678,
  isInvited: false,
  isRemoved: false,
  friendsConfirm: true,
  shareUrl: 'https://vobee.example/r/ABC',
  page: { url: 'https://vobee.example/me#confirm=T&x="<', confirms: true },
  unsubscribeUrl: 'https://vobee.example/me#unsubscribe=S',
  codes: [{ code: 'VOBEE-<1>', url: 'https://vobee.example/me#invite=1' }],
}

const kinds: MailKind[] = ['joined', 'joined_again', 'invited', 'earned', 'moved_up', 'link']

describe.each(kinds)('the mail %s', (kind) => {
  test.each(['en', 'de'])('has a subject and an unsubscribe link in %s', (locale) => {
    const { subject, text, html } = writeMail(kind, locale, facts)
    expect(subject).toMatch(/VoBee|1[.,]234/)
    expect(text).toContain('https://vobee.example/me#unsubscribe=S')
    expect(html).toContain('href="https://vobee.example/me#unsubscribe=S"')
    expect(text).toContain('/me#confirm=T&x="<')
  })

  test('differs between the languages', () => {
    const inBoth = ['en', 'de'].map((locale) => writeMail(kind, locale, facts))
    expect(inBoth[0]?.subject).not.toBe(inBoth[1]?.subject)
    expect(inBoth[0]?.text).not.toBe(inBoth[1]?.text)
  })

  test('escapes its facts in HTML', () => {
    const { html } = writeMail(kind, null, facts)
    expect(html).not.toContain('<1>')
    expect(html).not.toContain('x="<')
    expect(html).toContain('/me#confirm=T&amp;x=&quot;&lt;')
  })
})

test.each([
  [{}, 'You are number 1,234 of 5,678 in line.'],
  [{ position: null }, 'Confirm this address to take your place in line'],
  [{ position: null, isInvited: true }, 'You are already invited'],
])('the place is stated as it is: %j', (more, said) => {
  expect(writeMail('joined_again', 'en', { ...facts, ...more }).text).toContain(said)
})

test.each([
  [{}, 'who joins with your link and confirms their address moves you up:'],
  [{ friendsConfirm: false }, 'who joins with your link moves you up:'],
  [{ isInvited: true }, 'confirms their address brings you closer to invite codes to give away:'],
])('the effect of a referral is stated as it is: %j', (more, said) => {
  expect(writeMail('joined_again', 'en', { ...facts, ...more }).text).toContain(said)
})

test.each(['en', 'de'])(
  'an invited member is not promised in %s that friends move them up',
  (locale) => {
    for (const kind of kinds.filter((one) => one !== 'moved_up')) {
      const { text } = writeMail(kind, locale, { ...facts, position: null, isInvited: true })
      expect(text).not.toMatch(/moves you up|rückst du vor/)
    }
  },
)

test.each([
  ['invited', 1],
  ['earned', 0],
] as const)('the mail %s has %i buttons', (kind, count) => {
  for (const locale of ['en', 'de']) {
    const { html } = writeMail(kind, locale, facts)
    expect(html.match(/background:#1d4ed8/g) ?? []).toHaveLength(count)
    expect(html).toContain('<a href="https://vobee.example/me#invite=1"')
  }
})

test.each(['en', 'de'])(
  'the link mail does not mention the line to a removed member in %s',
  (locale) => {
    const removed = { ...facts, position: null, isRemoved: true }
    const { text } = writeMail('link', locale, removed)
    expect(text).toContain('/me#confirm=T')
    expect(text).not.toMatch(/5[.,]678|vobee.example\/r\/|confirmed|bestätigt/)
  },
)

test.each([
  ['de', 'de'],
  ['DE-ch', 'de'],
  ['den', 'en'],
  ['fr', 'en'],
  [null, 'en'],
])('the locale %s is written to in %s', (locale, language) => {
  expect(languageOf(locale)).toBe(language)
})

test.each([
  ['en', 1, 'You earned an invite code for VoBee', 'earned you an invite code. Give it away'],
  ['en', 2, 'You earned invite codes for VoBee', 'earned you invite codes. Give each one away'],
  ['de', 1, 'Du hast einen Einladungscode für VoBee verdient', 'Gib ihn weiter'],
  ['de', 2, 'Du hast Einladungscodes für VoBee verdient', 'Gib sie weiter'],
])('the mail earned, in %s, counts %i right', (locale, count, subject, phrase) => {
  const codes = Array.from({ length: count }, (_, n) => ({ code: `VOBEE-${n}`, url: 'https://x' }))
  const mail = writeMail('earned', locale, { ...facts, codes })
  expect(mail.subject).toBe(subject)
  expect(mail.text).toContain(phrase)
})
