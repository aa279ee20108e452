// @ts-check
/** What to tell a person about a request that failed. */

import { Problem } from './gateway.js'

const backByLink = 'Ask for a new link to come back.'

/** By the `code` of the problem; what is not here is said as the server says it. */
const sentences = new Map([
  ['invalid_input', 'This is not valid. It may have been cut off on the way.'],
  ['link_invalid', 'This link is not valid. Your mail program may have cut it off.'],
  ['link_expired', 'This link has expired.'],
  ['link_used', 'This link was used already: each works once.'],
  ['token_expired', `You were signed out, as always after an hour. ${backByLink}`],
  ['token_invalid', `You are signed out. ${backByLink}`],
  ['credential_required', `You are signed out. ${backByLink}`],
  ['unknown_entry', 'This address is not on the waitlist any more.'],
  ['mail_off', 'No mail is sent from here, so no link can be mailed to you.'],
  ['nothing_to_confirm', 'Your address needs no confirming.'],
  ['not_waiting', 'You were taken off the list. You can still erase everything.'],
  ['invites_paused', 'Invites are paused right now. Your codes are kept for you: try again later.'],
  ['invalid_code', 'There is no such code. Please compare it letter by letter.'],
  ['code_not_yours', 'This code was issued to another address. Use the one it was sent to.'],
  ['code_revoked', 'This code was taken back and can’t be used any more.'],
  ['code_already_used', 'This code has been used already.'],
  ['code_expired', 'This code has expired.'],
  [
    'code_reserved',
    'Somebody is using this code at this moment. Please try again in a few minutes.',
  ],
  ['idempotency_in_progress', 'We are still at it. Please try again in a moment.'],
  ['idempotency_effect_gone', 'This link is not valid any more.'],
])

/**
 * A sentence or two; `kept` says what is not lost by trying again.
 * @param {unknown} error
 * @param {string} [kept]
 */
export function explain(error, kept = '') {
  const words = sentenceOf(error)
  return isLasting(error) ? words : `${words} ${kept}`.trim()
}

/** Whether asking again would be refused again. @param {unknown} error */
const isLasting = (error) => error instanceof Problem && error.status < 500 && error.status !== 429

/** @param {unknown} error */
function sentenceOf(error) {
  if (!(error instanceof Problem)) {
    return 'We could not reach the waitlist. Check your connection and try again.'
  }
  const again = `Please try again ${when(error.retryAfter)}.`
  if (error.status === 429) return `Too many tries from your network. ${again}`
  if (error.status === 503) return `The waitlist cannot answer right now. ${again}`
  const said = sentences.get(error.code) ?? (error.status < 500 && error.message)
  if (said) return said
  const reference = error.requestId ? ` (Reference: ${error.requestId})` : ''
  return `Something went wrong on our side. ${again}${reference}`
}

/** @param {number} seconds */
function when(seconds) {
  if (!(seconds > 0)) return 'in a moment'
  if (seconds <= 90) return `in ${count(seconds, 'second')}`
  if (seconds <= 90 * 60) return `in ${count(Math.ceil(seconds / 60), 'minute')}`
  return `in ${count(Math.ceil(seconds / 3600), 'hour')}`
}

/** @param {number} n @param {string} unit */
const count = (n, unit) => `${n} ${unit}${n === 1 ? '' : 's'}`
