// @ts-check
/** The panel that takes the form's place once a join was answered. */

import { announce, at, number } from './page.js'
import { showPlace } from './place.js'
import { offerLink } from './share.js'

/** @param {import('./place.js').Place & { share_url: string }} joined */
export function showJoined(joined) {
  showPlace(joined)
  offerLink(joined.share_url)
  at('join').hidden = true
  at('joined').hidden = false
  document.body.dataset.joined = ''
  document.title = 'You’re in: VoBee'
  at('joined-heading').focus()
  announce(`Your place is number ${number.format(joined.position)}.`)
}
