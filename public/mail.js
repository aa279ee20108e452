// @ts-check
/** A member's emails: another one to confirm the address, and subscribing again. */

import { explain } from './explain.js'
import { at, whilePressed } from './page.js'
import { requestAsMember } from './session.js'

const states = {
  on: 'We email you about your place and your invite. Every email has a link to stop this.',
  stopped: 'You get only the links that you request yourself.',
  off: 'This site sends no email.',
}

/** @param {keyof typeof states} mail */
export function showMail(mail) {
  at('mail-state').textContent = states[mail]
  at('subscribing').hidden = mail !== 'stopped'
}

export function offerMail() {
  const [again, hint] = [at('confirm-again'), at('confirm-hint')]
  onPress(again, hint, async () => {
    await requestAsMember('/api/waitlist/confirm-again', { method: 'POST' })
    hint.textContent = 'We sent you another email. You can request three a day.'
  })
  onPress(at('subscribe'), at('data-error'), async () => {
    const { mail } = await requestAsMember('/api/waitlist/subscribe', { method: 'POST' })
    showMail(mail)
    at('data-hint').textContent = 'You get emails again.'
  })
}

/**
 * @param {HTMLElement} button
 * @param {HTMLElement} message shows what went wrong
 * @param {() => Promise<void>} action
 */
function onPress(button, message, action) {
  button.addEventListener('click', () => {
    message.textContent = ''
    whilePressed(button, 'Sending…', () =>
      action().catch((error) => {
        message.textContent = explain(error)
      }),
    )
  })
}
