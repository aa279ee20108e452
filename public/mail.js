// @ts-check
/** What a member is mailed: another mail to confirm by, and news again after having stopped them. */

import { explain } from './explain.js'
import { at, whilePressed } from './page.js'
import { askAsMember } from './session.js'

const states = {
  on: 'We mail you about your place and your invite. Every mail says how to stop that.',
  stopped: 'You get no mail but the links that you ask for yourself.',
  off: 'No mail is sent from here.',
}

/** @param {keyof typeof states} mail */
export function showMail(mail) {
  at('mail-state').textContent = states[mail]
  at('subscribing').hidden = mail !== 'stopped'
}

export function offerMail() {
  const [again, said] = [at('confirm-again'), at('confirm-hint')]
  onPress(again, said, async () => {
    await askAsMember('/api/waitlist/confirm-again', { method: 'POST' })
    said.textContent = 'Another mail is on its way. We send three a day at most.'
  })
  onPress(at('subscribe'), at('data-fault'), async () => {
    const { mail } = await askAsMember('/api/waitlist/subscribe', { method: 'POST' })
    showMail(mail)
    at('data-hint').textContent = 'You get mail again.'
  })
}

/**
 * @param {HTMLElement} button
 * @param {HTMLElement} fault where it says what went wrong
 * @param {() => Promise<void>} act
 */
function onPress(button, fault, act) {
  button.addEventListener('click', () => {
    fault.textContent = ''
    whilePressed(button, 'Asking…', () =>
      act().catch((error) => {
        fault.textContent = explain(error)
      }),
    )
  })
}
