// @ts-check
/** The page of a signed-in member: their place, and everything they can do. */

import { offerAnswers } from './answers.js'
import { offerCodes } from './codes.js'
import { explain } from './explain.js'
import { Problem } from './gateway.js'
import { offerLeaveErase } from './leave-erase.js'
import { offerMail, showMail } from './mail.js'
import { showStatus } from './member-status.js'
import { offerOwnData } from './own-data.js'
import { at } from './page.js'
import { poll } from './polling.js'
import { requestAsMember, signOut } from './session.js'
import { offerLink } from './share.js'
import { isShown, show } from './views.js'

/** @typedef {import('./member-status.js').Me} Me */
/** @typedef {(message?: string) => void} Home */

const ME = '/api/waitlist/me'

/** @param {Home} home */
export async function memberView(home) {
  show('loading')
  try {
    const me = await requestAsMember(ME)
    if (isShown('loading')) showMember(me, home)
  } catch (error) {
    if (isShown('loading')) showError(error, home)
  }
}

/** @param {unknown} error @param {Home} home */
function showError(error, home) {
  if (error instanceof Problem && error.code === 'unknown_entry') {
    signOut()
    home(explain(error))
    return
  }
  show('error')
  at('error').textContent = explain(error)
  at('retry').addEventListener('click', () => memberView(home))
}

/** @param {Me} first @param {Home} home */
function showMember(first, home) {
  show('member')
  const showCodes = offerCodes(first)
  let me = first
  /** @param {Me} next */
  const update = (next) => {
    showStatus(next, me)
    me = next
    showMail(me.mail)
    return showCodes(me)
  }
  at('signed-in-email').textContent = me.email
  at('sign-out').addEventListener('click', () => {
    signOut()
    home('You are signed out.')
  })
  offerLink(me.share_url)
  offerMail()
  offerAnswers(() => me, update)
  offerOwnData()
  offerLeaveErase(() => me)
  update(me)
  at('heading').focus()
  poll(
    async () => update(await requestAsMember(ME)),
    (error) => showError(error, home),
  )
}
