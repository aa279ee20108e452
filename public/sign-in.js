// @ts-check
/** The way to one's page: a link by mail. What is answered is the same for everybody. */

import { explain } from './explain.js'
import { ask, Problem } from './gateway.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { isShown, show } from './views.js'

export function signInView() {
  show('sign-in')
  const form = /** @type {HTMLFormElement} */ (at('form'))
  const questions = questionsOf(form)
  const act = async () => {
    at('fault').textContent = ''
    at('asked').textContent = ''
    if (!questions.check()) return
    try {
      await ask('/api/waitlist/link', { body: questions.read() })
      at('asked').textContent =
        'Look into your mail: if this address is on the list, a link is on its way. It works once, for an hour.'
    } catch (error) {
      showRefusal(error, questions)
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('act'), 'Asking…', act)
  })
  askWhetherMailed()
}

/** @param {unknown} error @param {ReturnType<typeof questionsOf>} questions */
function showRefusal(error, questions) {
  if (!(error instanceof Problem)) at('fault').textContent = explain(error)
  else if (error.code === 'mail_off') sayMailOff()
  else if (error.errors.length === 0) at('fault').textContent = explain(error)
  else questions.showFaults(error.errors)
}

async function askWhetherMailed() {
  const stats = await ask('/api/waitlist/stats').catch(() => null)
  if (stats?.mail === 'off' && isShown('sign-in')) sayMailOff()
}

function sayMailOff() {
  at('mail-off').hidden = false
  at('by-mail').hidden = true
  at('form').hidden = true
}
