// @ts-check
/** The panel that takes the form's place once a join was answered. */

import { at, number } from './page.js'

/**
 * @typedef {object} Joined
 * @property {number} position
 * @property {number} total_waiting
 * @property {string} estimated_wait
 * @property {boolean} invites_paused
 * @property {string} share_url
 */

const COPIED_MS = 3000

const link = /** @type {HTMLInputElement} */ (at('share-url'))

/** @param {Joined} joined */
export function showJoined(joined) {
  const position = number.format(joined.position)
  at('position').textContent = `#${position}`
  at('position').classList.toggle('long', position.length > 5)
  at('total-waiting').textContent = number.format(joined.total_waiting)
  at('estimated-wait').textContent = joined.estimated_wait
  at('paused').hidden = !joined.invites_paused
  offerLink(joined.share_url)
  at('join').hidden = true
  at('joined').hidden = false
  document.body.dataset.joined = ''
  document.title = 'You’re in: VoBee'
  at('joined-heading').focus()
  announce(`Your place is number ${position}.`)
}

/** @param {string} url */
function offerLink(url) {
  link.value = url
  link.addEventListener('focus', () => link.select())
  at('copy').addEventListener('click', copyLink)
  at('share').hidden = !navigator.share
  at('share').addEventListener('click', () => {
    navigator.share({ title: 'VoBee', url }).catch(() => {}) // closed without sharing
  })
}

async function copyLink() {
  const copied = await navigator.clipboard?.writeText(link.value).then(
    () => true,
    () => false,
  )
  if (copied || copySelected()) sayCopied()
  else
    at('copy-hint').textContent = 'Copying is blocked here. The link is selected: copy it by hand.'
}

/** Pages that are not served over HTTPS have no clipboard. */
function copySelected() {
  link.select()
  const copied = document.execCommand('copy')
  if (copied) at('copy').focus()
  return copied
}

function sayCopied() {
  at('copy').textContent = 'Copied'
  announce('Copied')
  setTimeout(() => {
    at('copy').textContent = 'Copy link'
  }, COPIED_MS)
}

/** @param {string} words */
function announce(words) {
  at('announcement').textContent = words
}
