// @ts-check
/** The place in the line, the people waiting and the estimated wait. */

import { at, number } from './page.js'

/**
 * @typedef {object} Place
 * @property {number} position
 * @property {number} total_waiting
 * @property {string} estimated_wait
 * @property {boolean} invites_paused
 */

const COUNTING_MS = 900

/**
 * Shows a place. Counts from the place before, unless the visitor prefers reduced motion.
 * @param {Place} place
 * @param {number} [before]
 */
export function showPlace(place, before = place.position) {
  at('total-waiting').textContent = number.format(place.total_waiting)
  at('estimated-wait').textContent = place.estimated_wait
  at('paused').hidden = !place.invites_paused
  at('position').classList.toggle('long', number.format(place.position).length > 5)
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden
  if (isStill || before === place.position) at('position').textContent = format(place.position)
  else countTo(place.position, before)
}

/** @param {number} position */
const format = (position) => `#${number.format(position)}`

/** @param {number} position @param {number} before */
function countTo(position, before) {
  const element = at('position')
  const began = performance.now()
  element.dataset.target = String(position)
  /** @param {number} now */
  const step = (now) => {
    if (element.dataset.target !== String(position)) return
    const part = Math.min(1, Math.max(0, now - began) / COUNTING_MS)
    const eased = 1 - (1 - part) ** 3
    element.textContent = format(Math.round(before + (position - before) * eased))
    if (part < 1) requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}
