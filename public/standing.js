// @ts-check
/** Where a member stands, and why there. */

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

const words = {
  pending: ['One step left', 'Confirm your address, and you get your place in the line.'],
  waiting: ['You’re in line', ''],
  invited: ['You’re invited', 'Your wait is over: your code stands below.'],
  redeemed: ['You’re in', 'Your code is redeemed: you wait no longer.'],
  removed: [
    'Out of the line',
    'The team has taken you off the list. Ask them if that is a mistake.',
  ],
}

/**
 * @param {Me} me
 * @param {Me} before as it stood there until now
 */
export function showStanding(me, before) {
  const [heading = '', standing = ''] = words[me.status]
  const isInLine = me.status === 'waiting' || me.status === 'pending'
  at('heading').textContent = heading
  at('standing').textContent = standing
  at('place').hidden = me.status !== 'waiting'
  at('why').hidden = !isInLine
  at('friends').hidden = me.status === 'removed'
  at('friends-heading').textContent = isInLine ? 'Move up with friends' : 'Bring friends'
  at('what-for').textContent = isInLine ? 'moves you up' : 'brings you nearer to codes to give away'
  at('use_case-hint').textContent = isInLine ? 'Your answer counts for your place.' : ''
  at('leaving').hidden = me.status === 'removed'
  document.body.toggleAttribute('data-joined', me.status !== 'pending' && me.status !== 'removed')
  document.title = `${heading}: VoBee`
  showUnconfirmed(me, isInLine)
  showScore(me)
  if (me.status === 'waiting') showPlace(me, before.position ?? undefined)
  else at('paused').hidden = true
  sayMoved(me, before)
}

/** @param {Me} me @param {boolean} isInLine */
function showUnconfirmed(me, isInLine) {
  const isDue = !me.confirmed && me.confirmation !== 'off' && isInLine
  at('unconfirmed').hidden = !isDue
  at('unconfirmed-words').textContent =
    me.confirmation === 'place'
      ? 'We have mailed you a link to confirm your address by. You get your place only then.'
      : 'We have mailed you a link to confirm your address by. It shows that our mail reaches you; if a friend sent you, they move up only then.'
  at('who-counts').textContent = me.confirmation === 'off' ? '' : ' and confirms their address'
}

const MOVED_MS = 20_000

/** Says so for a while. @param {Me} me @param {Me} before */
function sayMoved(me, before) {
  const notice = at('moved')
  if (!me.position) notice.textContent = ''
  if (me.position === before.position || !me.position || !before.position) return
  const said = moved(before.position, me.position)
  const place = String(me.position)
  notice.textContent = said
  notice.dataset.place = place
  setTimeout(() => {
    if (notice.dataset.place === place) notice.textContent = ''
  }, MOVED_MS)
  announce(`${said} Your place is number ${number.format(me.position)}.`)
}

/**
 * What became of a place, as a sentence.
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
  at('friends-counted').textContent = `Friends who count: ${number.format(referrals)}`
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
  return shown.join(' · ') + (byDay.length > DAYS_SHOWN ? ' · and before' : '')
}
