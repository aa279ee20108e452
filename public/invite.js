// @ts-check
/** Redeems a code from a link. */

import { explain } from './explain.js'
import { Problem, request } from './gateway.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { isSignedIn, requestAsMember } from './session.js'
import { isShown, show, showMessage } from './views.js'

/**
 * @param {string} code
 * @param {(message: string) => void} home
 */
export function redeemView(code, home) {
  show('invite')
  const form = /** @type {HTMLFormElement} */ (at('form'))
  const questions = questionsOf(form)
  const redeem = async () => {
    at('error').textContent = ''
    if (!questions.check()) return
    try {
      await request('/api/invites/redeem', { body: { code, ...questions.read() } })
      redeemed(home)
    } catch (error) {
      const errors = error instanceof Problem ? error.errors : []
      const isShownInForm = errors.length > 0 && questions.showErrors(errors).length === 0
      if (!isShownInForm) at('error').textContent = explain(error, 'Your code is still valid.')
    }
  }
  at('code').textContent = code
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('submit'), 'Redeeming…', redeem)
  })
  fillIn()
}

/** Fills in the address of a signed-in member. */
async function fillIn() {
  if (!isSignedIn()) return
  const me = await requestAsMember('/api/waitlist/me').catch(() => null)
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById('email'))
  if (me && isShown('invite') && field?.value === '') field.value = me.email
}

/** @param {(message: string) => void} home */
function redeemed(home) {
  const done = 'You redeemed your code. You’re in.'
  if (isSignedIn()) {
    home(done)
    return
  }
  show('gone')
  at('heading').textContent = 'You’re in'
  at('goodbye').textContent = 'You redeemed your code. You can close this page.'
  showMessage('')
}
