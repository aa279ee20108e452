// @ts-check
/** Who is signed in: their place as it is now, and all that they may do. */

import { offerAnswers } from './answers.js'
import { keepAsking } from './asking.js'
import { offerCodes } from './codes.js'
import { explain } from './explain.js'
import { Problem } from './gateway.js'
import { offerMail, showMail } from './mail.js'
import { offerOwnData } from './own-data.js'
import { at } from './page.js'
import { offerParting } from './parting.js'
import { askAsMember, signOut } from './session.js'
import { offerLink } from './share.js'
import { showStanding } from './standing.js'
import { isShown, show } from './views.js'

/** @typedef {import('./standing.js').Me} Me */
/** @typedef {(message?: string) => void} Home */

const ME = '/api/waitlist/me'

/** @param {Home} home */
export async function memberView(home) {
  show('loading')
  try {
    const me = await askAsMember(ME)
    if (isShown('loading')) showMember(me, home)
  } catch (error) {
    if (isShown('loading')) showTrouble(error, home)
  }
}

/** @param {unknown} error @param {Home} home */
function showTrouble(error, home) {
  if (error instanceof Problem && error.code === 'unknown_entry') {
    signOut()
    home(explain(error))
    return
  }
  show('trouble')
  at('fault').textContent = explain(error)
  at('act').addEventListener('click', () => memberView(home))
}

/** @param {Me} first @param {Home} home */
function showMember(first, home) {
  show('member')
  const showCodes = offerCodes(first)
  let me = first
  /** @param {Me} next */
  const update = (next) => {
    showStanding(next, me)
    me = next
    showMail(me.mail)
    return showCodes(me)
  }
  at('who').textContent = me.email
  at('sign-out').addEventListener('click', () => {
    signOut()
    home('You are signed out.')
  })
  offerLink(me.share_url)
  offerMail()
  offerAnswers(() => me, update)
  offerOwnData()
  offerParting(() => me)
  update(me)
  at('heading').focus()
  keepAsking(
    async () => update(await askAsMember(ME)),
    (error) => showTrouble(error, home),
  )
}
