// @ts-check
/** Who is signed in here: the member token, which this tab forgets when it is closed. */

import { ask, Problem } from './gateway.js'

const NAME = 'vobee-member-token'

let token = recall()

/** @type {(why: Problem) => void} */
let refused = () => {}

export const isSignedIn = () => token !== null

/**
 * What is done when the token is not accepted any more.
 * @param {(why: Problem) => void} then
 */
export function whenRefused(then) {
  refused = then
}

/** @param {string} given */
export function signIn(given) {
  token = given
  try {
    sessionStorage.setItem(NAME, given)
  } catch {} // a browser that keeps nothing: until the page is left
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
 * Asks as the member. Whoever is signed out meanwhile is answered nothing: what asked is gone.
 * @param {string} path
 * @param {import('./gateway.js').Asked} [asked]
 */
export async function askAsMember(path, asked = {}) {
  const sent = token
  const gone = new Promise(() => {})
  try {
    const headers = { ...asked.headers, authorization: `Bearer ${sent}` }
    const answer = await ask(path, { ...asked, headers })
    return token === sent ? answer : gone
  } catch (error) {
    if (token !== sent) return gone
    if (!(error instanceof Problem && error.status === 401)) throw error
    signOut()
    refused(error)
    return gone
  }
}
