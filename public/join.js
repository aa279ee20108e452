// @ts-check
/** The landing page: the live count, and the form's way to a place in the line. */

import { arrival } from './arrival.js'
import { ask, explain, Problem } from './gateway.js'
import { showJoined } from './joined.js'
import { at, number } from './page.js'
import { checkAnswers, readAnswers, showFaults } from './questions.js'

const form = at('join-form')

let joining = false

/** @param {Event} event */
async function join(event) {
  event.preventDefault()
  if (joining) return
  showMessage('')
  if (!checkAnswers()) return
  setJoining(true)
  try {
    const joined = await ask('/api/waitlist/join', { ...readAnswers(), ...arrival() })
    showJoined(joined)
    showCount(joined.total_waiting)
  } catch (error) {
    showRefusal(error)
  } finally {
    setJoining(false)
  }
}

/** @param {boolean} on */
function setJoining(on) {
  joining = on
  // Not `disabled`: that would drop the focus of whoever pressed it by keyboard.
  at('submit').setAttribute('aria-disabled', String(on))
  at('submit').textContent = on ? 'Joining…' : 'Join the waitlist'
}

/** @param {unknown} error */
function showRefusal(error) {
  const faults = error instanceof Problem ? error.errors : []
  const unplaced = showFaults(faults).map(({ message }) => message)
  if (faults.length === 0) showMessage(explain(error))
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

async function loadCount() {
  const stats = await ask('/api/waitlist/stats').catch(() => null)
  if (stats?.waiting > 0 && !at('count').hasChildNodes()) showCount(stats.waiting)
}

form.addEventListener('submit', join)
at('referred').hidden = !arrival().referred_by
loadCount()
