// @ts-check
/** The views of mailed links. Opening one changes nothing, because email programs do: a button does. */

import { explain } from './explain.js'
import { idempotencyHeaders, Problem, request } from './gateway.js'
import { at, whilePressed } from './page.js'
import { signIn } from './session.js'
import { show } from './views.js'

const actions = {
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
    done: 'You will get only the links that you request yourself. You keep your place.',
  },
}

/**
 * @param {keyof typeof actions} kind
 * @param {string} token
 * @param {(message: string) => void} home
 */
export function linkView(kind, token, home) {
  const { path, doing, done } = actions[kind]
  // An unsubscribe link works any number of times, the others once.
  const headers = kind === 'unsubscribe' ? {} : idempotencyHeaders()
  const run = async () => {
    at('error').textContent = ''
    try {
      const reply = await request(path, { body: { token }, headers })
      if (reply.member_token) signIn(reply.member_token)
      home(done)
    } catch (error) {
      if (isRejected(error)) home(explain(error))
      else at('error').textContent = explain(error, 'Your link is still valid.')
    }
  }
  show(kind)
  at('submit').addEventListener('click', () => whilePressed(at('submit'), doing, run))
}

/** Whether the link is not valid. Other errors can be temporary. @param {unknown} error */
const isRejected = (error) => error instanceof Problem && [400, 401, 410].includes(error.status)
