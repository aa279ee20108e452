// @ts-check
/** The panel that takes the form's place once a join was answered. */

import { announce, at, number } from './page.js'
import { showPlace } from './place.js'
import { offerLink } from './share.js'

/** The same for everybody: whether they were in before is in their mail alone. */
const words = {
  off: '',
  credit:
    'We have mailed you. Confirm your address there: it shows that our mail reaches you, and if a friend sent you, they move up only then.',
  place: 'We have mailed you. Confirm your address there, and the place is yours.',
}

/**
 * @param {import('./place.js').Place & { share_url: string }} joined
 * @param {keyof typeof words} confirmation what confirming is good for
 */
export function showJoined(joined, confirmation) {
  const isTheirs = confirmation !== 'place'
  const heading = isTheirs ? 'You’re in' : 'One step left'
  showPlace(joined)
  offerLink(joined.share_url)
  at('join').hidden = true
  at('joined').hidden = false
  at('confirm-words').textContent = words[confirmation]
  at('position-name').textContent = isTheirs ? 'Your place' : 'Your place would be'
  document.body.toggleAttribute('data-joined', isTheirs)
  document.title = `${heading}: VoBee`
  at('joined-heading').textContent = heading
  at('joined-heading').focus()
  const verb = isTheirs ? 'is' : 'would be'
  announce(`Your place ${verb} number ${number.format(joined.position)}. ${words[confirmation]}`)
}
