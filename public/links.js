// @ts-check
/** What a mailed link is for. Opening it does nothing, as mail programs look into links: a button does. */

import { explain } from './explain.js'
import { ask, onceOnly, Problem } from './gateway.js'
import { at, whilePressed } from './page.js'
import { signIn } from './session.js'
import { show } from './views.js'

const acts = {
  token: {
    path: '/api/waitlist/sign-in',
    doing: 'Opening…',
    done: '',
  },
  confirm: {
    path: '/api/waitlist/confirm',
    doing: 'Confirming…',
    done: 'Your address is confirmed. Thank you!',
  },
  unsubscribe: {
    path: '/api/waitlist/unsubscribe',
    doing: 'Stopping…',
    done: 'You get no more mail but the links that you ask for yourself. Your place is kept.',
  },
}

/**
 * @param {keyof typeof acts} kind
 * @param {string} token
 * @param {(message: string) => void} home
 */
export function linkView(kind, token, home) {
  const { path, doing, done } = acts[kind]
  // A mail program asks to unsubscribe as often as it likes; the others are taken once.
  const headers = kind === 'unsubscribe' ? {} : onceOnly()
  const act = async () => {
    at('fault').textContent = ''
    try {
      const reply = await ask(path, { body: { token }, headers })
      if (reply.member_token) signIn(reply.member_token)
      home(done)
    } catch (error) {
      if (isRefused(error)) home(explain(error))
      else at('fault').textContent = explain(error, 'Your link is still good.')
    }
  }
  show(kind)
  at('act').addEventListener('click', () => whilePressed(at('act'), doing, act))
}

/** Not valid for whatever reason; anything else may pass. @param {unknown} error */
const isRefused = (error) => error instanceof Problem && [400, 401, 410].includes(error.status)
