// @ts-check
/** The place in the line, with its figures. */

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
 * Counts from the place that stood there before, where motion is welcome.
 * @param {Place} place
 * @param {number} [before]
 */
export function showPlace(place, before = place.position) {
  at('total-waiting').textContent = number.format(place.total_waiting)
  at('estimated-wait').textContent = place.estimated_wait
  at('paused').hidden = !place.invites_paused
  at('position').classList.toggle('long', number.format(place.position).length > 5)
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden
  if (isStill || before === place.position) at('position').textContent = written(place.position)
  else countTo(place.position, before)
}

/** @param {number} position */
const written = (position) => `#${number.format(position)}`

/** @param {number} position @param {number} before */
function countTo(position, before) {
  const figure = at('position')
  const began = performance.now()
  figure.dataset.target = String(position)
  /** @param {number} now */
  const step = (now) => {
    if (figure.dataset.target !== String(position)) return
    const part = Math.min(1, Math.max(0, now - began) / COUNTING_MS)
    const eased = 1 - (1 - part) ** 3
    figure.textContent = written(Math.round(before + (position - before) * eased))
    if (part < 1) requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}
