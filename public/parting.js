// @ts-check
/** Leaving the list, and being forgotten: each asks once more. */

import { explain } from './explain.js'
import { onceOnly } from './gateway.js'
import { at, number, whilePressed } from './page.js'
import { askAsMember, signOut } from './session.js'
import { show, tell } from './views.js'

/** @typedef {import('./standing.js').Me} Me */

/** @param {() => Me} now */
export function offerParting(now) {
  at('leave').addEventListener('click', () => {
    at('leave-words').textContent = leaving(now())
    open('leave')
  })
  const headers = onceOnly()
  onSubmit('leave', 'Leaving…', async () => {
    await askAsMember('/api/waitlist/leave', { method: 'POST', headers })
    part('You have left the waitlist. If you join again, you start anew.')
  })
  at('erase').addEventListener('click', () => {
    at('typed-address').textContent = now().email
    at('typed-error').textContent = ''
    at('typed').removeAttribute('aria-invalid')
    open('erase')
  })
  onSubmit('erase', 'Erasing…', async () => {
    if (!isTyped(now().email)) return
    await askAsMember('/api/waitlist/me', { method: 'DELETE' })
    part('All that names you is being erased. Within a minute nothing is left of it.')
  })
  for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => button.closest('dialog')?.close())
  }
}

/** @param {Me} me */
function leaving({ status, position }) {
  const place = position ? `You give up place number ${number.format(position)}. ` : ''
  const codes = status === 'invited' ? 'Your code stays good. ' : ''
  return `${place}${codes}Nobody can give it back to you: if you join again, you start anew, without the points for your friends.`
}

/** @param {'leave' | 'erase'} name */
function open(name) {
  const dialog = /** @type {HTMLDialogElement} */ (at(`${name}-dialog`))
  const form = /** @type {HTMLFormElement} */ (at(`${name}-form`))
  form.reset()
  at(`${name}-fault`).textContent = ''
  dialog.showModal()
}

/**
 * @param {'leave' | 'erase'} name
 * @param {string} doing
 * @param {() => Promise<void>} act
 */
function onSubmit(name, doing, act) {
  const fault = at(`${name}-fault`)
  at(`${name}-form`).addEventListener('submit', (event) => {
    event.preventDefault()
    fault.textContent = ''
    whilePressed(at(`${name}-act`), doing, () =>
      act().catch((error) => {
        fault.textContent = explain(error)
      }),
    )
  })
}

/** Says so where it is not what they should type. @param {string} email */
function isTyped(email) {
  const field = /** @type {HTMLInputElement} */ (at('typed'))
  const isSame = field.value.trim().toLowerCase() === email.toLowerCase()
  at('typed-error').textContent = isSame ? '' : 'That is not the address of this page.'
  field.setAttribute('aria-invalid', String(!isSame))
  if (!isSame) field.focus()
  return isSame
}

/** @param {string} words */
function part(words) {
  signOut()
  tell('')
  show('gone')
  at('parting').textContent = words
  document.title = 'Goodbye: VoBee'
}
