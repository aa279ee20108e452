// @ts-check
/** A member's status: their place, and why they have it. */

import { announce, at, number } from './page.js'
import { showPlace } from './place.js'

/**
 * @typedef {object} Own
 * @property {'pending' | 'waiting' | 'invited' | 'redeemed' | 'removed'} status
 * @property {string} email
 * @property {string | null} name
 * @property {string} use_case
 * @property {string} persona
 * @property {string | null} locale
 * @property {number} score
 * @property {{ answers: number, referrals: number, adjusted: number }} score_parts
 * @property {number} referrals
 * @property {string[]} counted_on
 * @property {string} share_url
 * @property {boolean} confirmed
 * @property {'off' | 'credit' | 'place'} confirmation
 * @property {'on' | 'stopped' | 'off'} mail
 */

/** @typedef {Own & import('./place.js').Place} Me */

const texts = {
  pending: ['One step left', 'Confirm your address to get your place in the line.'],
  waiting: ['You’re in line', ''],
  invited: ['You’re invited', 'Your wait is over. Your code is below.'],
  redeemed: ['You’re in', 'You redeemed your code.'],
  removed: [
    'No longer in line',
    'The team removed you from the waitlist. Contact them if this is a mistake.',
  ],
}

/**
 * @param {Me} me
 * @param {Me} before what the page showed until now
 */
export function showStatus(me, before) {
  const [heading = '', text = ''] = texts[me.status]
  const isInLine = me.status === 'waiting' || me.status === 'pending'
  at('heading').textContent = heading
  at('status-text').textContent = text
  at('place').hidden = me.status !== 'waiting'
  at('why').hidden = !isInLine
  at('friends').hidden = me.status === 'removed'
  at('friends-heading').textContent = isInLine ? 'Move up with friends' : 'Invite friends'
  at('what-for').textContent = isInLine
    ? 'moves you up'
    : 'brings you closer to invite codes to give away'
  at('use_case-hint').textContent = isInLine ? 'Your answer counts toward your place.' : ''
  at('leave-item').hidden = me.status === 'removed'
  document.body.toggleAttribute('data-joined', me.status !== 'pending' && me.status !== 'removed')
  document.title = `${heading}: VoBee`
  showUnconfirmed(me, isInLine)
  showScore(me)
  if (me.status === 'waiting') showPlace(me, before.position ?? undefined)
  else at('paused').hidden = true
  showMove(me, before)
}

/** @param {Me} me @param {boolean} isInLine */
function showUnconfirmed(me, isInLine) {
  const isDue = !me.confirmed && me.confirmation !== 'off' && isInLine
  at('unconfirmed').hidden = !isDue
  at('unconfirmed-text').textContent =
    me.confirmation === 'place'
      ? 'We emailed you a link to confirm your address. You get your place once you confirm.'
      : 'We emailed you a link to confirm your address. If a friend invited you, they move up once you confirm.'
  at('if-confirmed').textContent = me.confirmation === 'off' ? '' : ' and confirms their address'
}

const MOVED_MS = 20_000

/** Shows a move of the place for a while. @param {Me} me @param {Me} before */
function showMove(me, before) {
  const notice = at('moved')
  if (!me.position) notice.textContent = ''
  if (me.position === before.position || !me.position || !before.position) return
  const text = moved(before.position, me.position)
  const place = String(me.position)
  notice.textContent = text
  notice.dataset.place = place
  setTimeout(() => {
    if (notice.dataset.place === place) notice.textContent = ''
  }, MOVED_MS)
  announce(`${text} Your place is number ${number.format(me.position)}.`)
}

/**
 * Returns a sentence about a move.
 * @param {number} from @param {number} to
 */
export function moved(from, to) {
  if (from === to) return 'Your place is the same.'
  const places = Math.abs(from - to)
  const by = `${number.format(places)} ${places === 1 ? 'place' : 'places'}`
  return from > to ? `You moved up ${by}.` : `You moved back ${by}.`
}

/** @param {number} points */
const signed = (points) => (points > 0 ? `+${points}` : String(points).replace('-', '−'))

/** @param {Me} me */
function showScore({ score, score_parts, referrals, counted_on }) {
  at('score-answers').textContent = String(score_parts.answers)
  at('score-referrals').textContent = signed(score_parts.referrals)
  at('score-adjusted').textContent = signed(score_parts.adjusted)
  at('adjusted').hidden = score_parts.adjusted === 0
  at('score').textContent = String(score)
  at('friends-counted').textContent = `Friends counted: ${number.format(referrals)}`
  at('counted-on').textContent = datesOf(counted_on)
}

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' })
const DAYS_SHOWN = 6

/** @param {string[]} days */
function datesOf(days) {
  const byDay = [...new Map(days.map((day) => [day, days.filter((other) => other === day).length]))]
  const shown = byDay
    .slice(0, DAYS_SHOWN)
    .map(([day, times]) => date.format(new Date(day)) + (times > 1 ? ` (${times})` : ''))
  return shown.join(' · ') + (byDay.length > DAYS_SHOWN ? ' · and earlier' : '')
}
