// @ts-check
/** The landing page: the live count, and the form's way to a place in the line. */

import { arrival } from './arrival.js'
import { explain } from './explain.js'
import { ask, Problem } from './gateway.js'
import { showJoined } from './joined.js'
import { at, number, whilePressed } from './page.js'
import { questionsOf } from './questions.js'

const form = /** @type {HTMLFormElement} */ (at('join-form'))
const questions = questionsOf(form)
let stats = askStats()

async function join() {
  showMessage('')
  if (!questions.check()) return
  try {
    const body = { ...questions.read(), ...arrival() }
    const joined = await ask('/api/waitlist/join', { body })
    const confirmation = await confirmationHere()
    showJoined(joined, confirmation)
    if (confirmation !== 'place') showCount(joined.total_waiting)
  } catch (error) {
    showRefusal(error)
  }
}

/** @param {unknown} error */
function showRefusal(error) {
  const faults = error instanceof Problem ? error.errors : []
  const unplaced = questions.showFaults(faults).map(({ message }) => message)
  if (faults.length === 0) showMessage(explain(error, 'Your answers are kept.'))
  else showMessage(unplaced.join(' '))
}

/** @param {string} message */
function showMessage(message) {
  at('form-message').textContent = message
  if (message) at('form-message').scrollIntoView({ block: 'nearest' })
}

/** @param {number} waiting */
function showCount(waiting) {
  const figure = document.createElement('strong')
  figure.textContent = number.format(waiting)
  const rest = waiting === 1 ? ' person is waiting' : ' people are waiting'
  at('count').replaceChildren(figure, rest)
}

async function askStats() {
  const told = await ask('/api/waitlist/stats').catch(() => null)
  if (told?.waiting > 0 && !at('count').hasChildNodes()) showCount(told.waiting)
  at('in-your-mail').hidden = told?.mail !== 'on'
  for (const said of document.querySelectorAll('[data-confirming]')) {
    said.toggleAttribute('hidden', !told || told.confirmation === 'off')
  }
  return told
}

/**
 * What confirming is good for; asked again where the page could not be told.
 * @returns {Promise<'off' | 'credit' | 'place'>}
 */
async function confirmationHere() {
  if (!(await stats)) stats = askStats()
  return (await stats)?.confirmation ?? 'off'
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  whilePressed(at('submit'), 'Joining…', join)
})
at('referred').hidden = !arrival().referred_by
