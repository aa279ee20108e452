// @ts-check
/** Leaving the waitlist and erasing all data, each with a dialog to confirm. */

import { explain } from './explain.js'
import { idempotencyHeaders } from './gateway.js'
import { at, number, whilePressed } from './page.js'
import { requestAsMember, signOut } from './session.js'
import { show, showMessage } from './views.js'

/** @typedef {import('./member-status.js').Me} Me */

/** @param {() => Me} now */
export function offerLeaveErase(now) {
  at('leave').addEventListener('click', () => {
    at('leave-text').textContent = leaveText(now())
    open('leave')
  })
  const headers = idempotencyHeaders()
  onSubmit('leave', 'Leaving…', async () => {
    await requestAsMember('/api/waitlist/leave', { method: 'POST', headers })
    sayGoodbye('You have left the waitlist. If you join again, you start over.')
  })
  at('erase').addEventListener('click', () => {
    at('typed-address').textContent = now().email
    at('typed-error').textContent = ''
    at('typed').removeAttribute('aria-invalid')
    open('erase')
  })
  onSubmit('erase', 'Erasing…', async () => {
    if (!isTyped(now().email)) return
    await requestAsMember('/api/waitlist/me', { method: 'DELETE' })
    sayGoodbye('Everything that identifies you is being erased. It will be gone within a minute.')
  })
  for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => button.closest('dialog')?.close())
  }
}

/** @param {Me} me */
function leaveText({ status, position }) {
  const place = position ? `You give up place number ${number.format(position)}. ` : ''
  const codes = status === 'invited' ? 'Your code stays valid. ' : ''
  return `${place}${codes}You cannot undo this. If you join again, you start over, without the points for your friends.`
}

/** @param {'leave' | 'erase'} name */
function open(name) {
  const dialog = /** @type {HTMLDialogElement} */ (at(`${name}-dialog`))
  const form = /** @type {HTMLFormElement} */ (at(`${name}-form`))
  form.reset()
  at(`${name}-error`).textContent = ''
  dialog.showModal()
}

/**
 * @param {'leave' | 'erase'} name
 * @param {string} doing
 * @param {() => Promise<void>} action
 */
function onSubmit(name, doing, action) {
  const message = at(`${name}-error`)
  at(`${name}-form`).addEventListener('submit', (event) => {
    event.preventDefault()
    message.textContent = ''
    whilePressed(at(`${name}-submit`), doing, () =>
      action().catch((error) => {
        message.textContent = explain(error)
      }),
    )
  })
}

/** Shows an error if the typed address is another one. @param {string} email */
function isTyped(email) {
  const field = /** @type {HTMLInputElement} */ (at('typed'))
  const isSame = field.value.trim().toLowerCase() === email.toLowerCase()
  at('typed-error').textContent = isSame
    ? ''
    : 'This is not the address that you are signed in with.'
  field.setAttribute('aria-invalid', String(!isSame))
  if (!isSame) field.focus()
  return isSame
}

/** @param {string} text */
function sayGoodbye(text) {
  signOut()
  showMessage('')
  show('gone')
  at('goodbye').textContent = text
  document.title = 'Goodbye: VoBee'
}
