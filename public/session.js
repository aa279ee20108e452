// @ts-check
/** The session: a member token, stored until the tab is closed. */

import { Problem, request } from './gateway.js'

const NAME = 'vobee-member-token'

let token = recall()

/** @type {(error: Problem) => void} */
let rejected = () => {}

export const isSignedIn = () => token !== null

/**
 * Sets what runs when the server no longer accepts the token.
 * @param {(error: Problem) => void} then
 */
export function onRejected(then) {
  rejected = then
}

/** @param {string} given */
export function signIn(given) {
  token = given
  try {
    sessionStorage.setItem(NAME, given)
  } catch {} // without storage the session lasts until the page is left
}

export function signOut() {
  token = null
  try {
    sessionStorage.removeItem(NAME)
  } catch {}
}

function recall() {
  try {
    return sessionStorage.getItem(NAME)
  } catch {
    return null
  }
}

/**
 * Sends a request as the member. Never resolves after a sign-out: its view is gone.
 * @param {string} path
 * @param {import('./gateway.js').RequestOptions} [options]
 */
export async function requestAsMember(path, options = {}) {
  const sent = token
  const gone = new Promise(() => {})
  try {
    const headers = { ...options.headers, authorization: `Bearer ${sent}` }
    const reply = await request(path, { ...options, headers })
    return token === sent ? reply : gone
  } catch (error) {
    if (token !== sent) return gone
    if (!(error instanceof Problem && error.status === 401)) throw error
    signOut()
    rejected(error)
    return gone
  }
}
