// @ts-check
/** The panel that replaces the form after a join. */

import { announce, at, number } from './page.js'
import { showPlace } from './place.js'
import { offerLink } from './share.js'

/** The same for everybody: only the email says whether the address was on the list before. */
const texts = {
  off: '',
  credit:
    'We emailed you a link. Use it to confirm your address. If a friend invited you, they move up once you confirm.',
  place: 'We emailed you a link. Use it to confirm your address and get your place.',
}

/**
 * @param {import('./place.js').Place & { share_url: string }} joined
 * @param {keyof typeof texts} confirmation what a confirmation changes
 */
export function showJoined(joined, confirmation) {
  const hasPlace = confirmation !== 'place'
  const heading = hasPlace ? 'You’re in' : 'One step left'
  showPlace(joined)
  offerLink(joined.share_url)
  at('join').hidden = true
  at('joined').hidden = false
  at('confirm-text').textContent = texts[confirmation]
  at('position-name').textContent = hasPlace ? 'Your place' : 'Your place would be'
  document.body.toggleAttribute('data-joined', hasPlace)
  document.title = `${heading}: VoBee`
  at('joined-heading').textContent = heading
  at('joined-heading').focus()
  const verb = hasPlace ? 'is' : 'would be'
  announce(`Your place ${verb} number ${number.format(joined.position)}. ${texts[confirmation]}`)
}
