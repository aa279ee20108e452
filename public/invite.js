// @ts-check
/** Redeeming a code that came by link. */

import { explain } from './explain.js'
import { ask, Problem } from './gateway.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { askAsMember, isSignedIn } from './session.js'
import { isShown, show, tell } from './views.js'

/**
 * @param {string} code
 * @param {(message: string) => void} home
 */
export function redeemView(code, home) {
  show('invite')
  const form = /** @type {HTMLFormElement} */ (at('form'))
  const questions = questionsOf(form)
  const act = async () => {
    at('fault').textContent = ''
    if (!questions.check()) return
    try {
      await ask('/api/invites/redeem', { body: { code, ...questions.read() } })
      redeemed(home)
    } catch (error) {
      const faults = error instanceof Problem ? error.errors : []
      const isMended = faults.length > 0 && questions.showFaults(faults).length === 0
      if (!isMended) at('fault').textContent = explain(error, 'Your code is kept.')
    }
  }
  at('code').textContent = code
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('act'), 'Redeeming…', act)
  })
  fillIn()
}

/** Who is signed in need not type their address. */
async function fillIn() {
  if (!isSignedIn()) return
  const me = await askAsMember('/api/waitlist/me').catch(() => null)
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById('email'))
  if (me && isShown('invite') && field?.value === '') field.value = me.email
}

/** @param {(message: string) => void} home */
function redeemed(home) {
  const done = 'Your code is redeemed: you’re in.'
  if (isSignedIn()) {
    home(done)
    return
  }
  show('gone')
  at('heading').textContent = 'You’re in'
  at('parting').textContent = 'Your code is redeemed. You can close this page.'
  tell('')
}
