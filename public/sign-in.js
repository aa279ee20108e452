// @ts-check
/** Requests a sign-in link by email. The reply is the same for every address. */

import { explain } from './explain.js'
import { Problem, request } from './gateway.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { isShown, show } from './views.js'

export function signInView() {
  show('sign-in')
  const form = /** @type {HTMLFormElement} */ (at('form'))
  const questions = questionsOf(form)
  const sendLink = async () => {
    at('error').textContent = ''
    at('link-sent').textContent = ''
    if (!questions.check()) return
    try {
      await request('/api/waitlist/link', { body: questions.read() })
      at('link-sent').textContent =
        'Check your email: if this address is on the waitlist, we sent you a link. It works once, for an hour.'
    } catch (error) {
      showFailure(error, questions)
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('submit'), 'Sending…', sendLink)
  })
  checkMail()
}

/** @param {unknown} error @param {ReturnType<typeof questionsOf>} questions */
function showFailure(error, questions) {
  if (!(error instanceof Problem)) at('error').textContent = explain(error)
  else if (error.code === 'mail_off') showMailOff()
  else if (error.errors.length === 0) at('error').textContent = explain(error)
  else questions.showErrors(error.errors)
}

async function checkMail() {
  const stats = await request('/api/waitlist/stats').catch(() => null)
  if (stats?.mail === 'off' && isShown('sign-in')) showMailOff()
}

function showMailOff() {
  at('mail-off').hidden = false
  at('by-mail').hidden = true
  at('form').hidden = true
}
