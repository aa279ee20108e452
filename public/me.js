// @ts-check
/** A member's page: what a mailed link opens, who is signed in, or else the way to a link. */

import { explain } from './explain.js'
import { redeemView } from './invite.js'
import { linkView } from './links.js'
import { memberView } from './member.js'
import { isSignedIn, whenRefused } from './session.js'
import { signInView } from './sign-in.js'
import { tell } from './views.js'

/** @param {string} [message] */
function home(message = '') {
  tell(message)
  if (isSignedIn()) memberView(home)
  else signInView()
}

/** What stands in the fragment; taken off the address at once, because it may open the page. */
function takeFragment() {
  const given = new URLSearchParams(location.hash.slice(1))
  if (location.hash) history.replaceState(null, '', location.pathname)
  return [...given].find(([name, value]) => value && Object.hasOwn(opens, name))
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
  tell('')
  if (name && value) opens[name]?.(value)
  else home()
}

whenRefused((why) => home(explain(why)))
addEventListener('hashchange', () => location.hash && open())
open()
