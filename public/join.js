// @ts-check
/** The landing page: the number of people waiting, and the form to join. */

import { attribution } from './attribution.js'
import { explain } from './explain.js'
import { Problem, request } from './gateway.js'
import { showJoined } from './joined.js'
import { at, number, whilePressed } from './page.js'
import { questionsOf } from './questions.js'

const form = /** @type {HTMLFormElement} */ (at('join-form'))
const questions = questionsOf(form)
let stats = fetchStats()

async function join() {
  showMessage('')
  if (!questions.check()) return
  try {
    const body = { ...questions.read(), ...attribution() }
    const joined = await request('/api/waitlist/join', { body })
    const confirmation = await confirmationHere()
    showJoined(joined, confirmation)
    if (confirmation !== 'place') showCount(joined.total_waiting)
  } catch (error) {
    showFailure(error)
  }
}

/** @param {unknown} error */
function showFailure(error) {
  const errors = error instanceof Problem ? error.errors : []
  const others = questions.showErrors(errors).map(({ message }) => message)
  if (errors.length === 0) showMessage(explain(error, 'Your answers are still here.'))
  else showMessage(others.join(' '))
}

/** @param {string} message */
function showMessage(message) {
  at('form-message').textContent = message
  if (message) at('form-message').scrollIntoView({ block: 'nearest' })
}

/** @param {number} waiting */
function showCount(waiting) {
  const count = document.createElement('strong')
  count.textContent = number.format(waiting)
  const rest = waiting === 1 ? ' person is waiting' : ' people are waiting'
  at('count').replaceChildren(count, rest)
}

async function fetchStats() {
  const stats = await request('/api/waitlist/stats').catch(() => null)
  if (stats?.waiting > 0 && !at('count').hasChildNodes()) showCount(stats.waiting)
  at('in-your-mail').hidden = stats?.mail !== 'on'
  for (const part of document.querySelectorAll('[data-confirming]')) {
    part.toggleAttribute('hidden', !stats || stats.confirmation === 'off')
  }
  return stats
}

/**
 * Returns what a confirmation changes. Fetches the statistics again if that failed before.
 * @returns {Promise<'off' | 'credit' | 'place'>}
 */
async function confirmationHere() {
  if (!(await stats)) stats = fetchStats()
  return (await stats)?.confirmation ?? 'off'
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  whilePressed(at('submit'), 'Joining…', join)
})
at('referred').hidden = !attribution().referred_by
