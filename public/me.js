// @ts-check
/** A member's page: a mailed link, the signed-in member, or the form to request a link. */

import { explain } from './explain.js'
import { redeemView } from './invite.js'
import { linkView } from './links.js'
import { memberView } from './member.js'
import { isSignedIn, onRejected } from './session.js'
import { signInView } from './sign-in.js'
import { showMessage } from './views.js'

/** @param {string} [message] */
function home(message = '') {
  showMessage(message)
  if (isSignedIn()) memberView(home)
  else signInView()
}

/** Returns the content of the fragment and removes it from the address: it may be a credential. */
function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1))
  if (location.hash) history.replaceState(null, '', location.pathname)
  return [...fragment].find(([name, value]) => value && Object.hasOwn(opens, name))
}

/** @type {Record<string, (value: string) => void>} */
const opens = {
  token: (token) => linkView('token', token, home),
  confirm: (token) => linkView('confirm', token, home),
  unsubscribe: (token) => linkView('unsubscribe', token, home),
  invite: (code) => redeemView(code, home),
}

function open() {
  const [name, value] = takeFragment() ?? []
  showMessage('')
  if (name && value) opens[name]?.(value)
  else home()
}

onRejected((error) => home(explain(error)))
addEventListener('hashchange', () => location.hash && open())
open()
