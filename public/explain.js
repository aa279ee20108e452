// @ts-check
/** Explains a failed request to the visitor. */

import { Problem } from './gateway.js'

const backByLink = 'Request a new link to sign in again.'

/** By the `code` of the problem. Other codes show the detail of the server. */
const sentences = new Map([
  ['invalid_input', 'This is not valid. Part of it may be missing.'],
  ['link_invalid', 'This link is not valid. Your email program may have cut it off.'],
  ['link_expired', 'This link has expired.'],
  ['link_used', 'This link was already used. Each link works once.'],
  ['token_expired', `Your session ended after an hour. ${backByLink}`],
  ['token_invalid', `You are signed out. ${backByLink}`],
  ['credential_required', `You are signed out. ${backByLink}`],
  ['unknown_entry', 'This address is no longer on the waitlist.'],
  ['mail_off', 'This site sends no email, so it cannot send you a link.'],
  ['nothing_to_confirm', 'You don’t need to confirm your address.'],
  ['not_waiting', 'You were removed from the waitlist. You can still erase your data.'],
  ['invites_paused', 'Invites are paused right now. You keep your codes. Try again later.'],
  ['invalid_code', 'This code does not exist. Check it letter by letter.'],
  ['code_not_yours', 'This code was issued to another address. Use the address it was sent to.'],
  ['code_revoked', 'This code was revoked. You can’t use it any more.'],
  ['code_already_used', 'This code was already used.'],
  ['code_expired', 'This code has expired.'],
  ['code_reserved', 'Someone else is using this code right now. Try again in a few minutes.'],
  ['idempotency_in_progress', 'We are still working on your request. Try again in a moment.'],
  ['idempotency_effect_gone', 'This link is no longer valid.'],
])

/**
 * Returns a sentence or two. `notLost` says what the visitor does not lose.
 * @param {unknown} error
 * @param {string} [notLost]
 */
export function explain(error, notLost = '') {
  const text = sentenceOf(error)
  return isPermanent(error) ? text : `${text} ${notLost}`.trim()
}

/** Whether another try would fail too. @param {unknown} error */
const isPermanent = (error) =>
  error instanceof Problem && error.status < 500 && error.status !== 429

/** @param {unknown} error */
function sentenceOf(error) {
  if (!(error instanceof Problem)) {
    return 'We could not reach the waitlist. Check your connection and try again.'
  }
  const again = `Try again ${when(error.retryAfter)}.`
  if (error.status === 429) return `Too many requests from your network. ${again}`
  if (error.status === 503) return `The waitlist is not available right now. ${again}`
  const sentence = sentences.get(error.code) ?? (error.status < 500 && error.message)
  if (sentence) return sentence
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
