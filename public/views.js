// @ts-check
/** What the page shows: one view at a time, of which nothing stays when the next one comes. */

import { at } from './page.js'

/**
 * Shows a view; whoever reads by ear or keyboard begins at its heading, but where the page begins.
 * @param {string} name
 */
export function show(name) {
  const isFirst = !at('view').hasChildNodes()
  const template = /** @type {HTMLTemplateElement} */ (at(`view-${name}`))
  at('view').replaceChildren(template.content.cloneNode(true))
  at('view').dataset.name = name
  delete document.body.dataset.joined
  if (!isFirst) at('heading').focus()
}

/** @param {string} name */
export const isShown = (name) => at('view').dataset.name === name

/**
 * What stands above the view, until the next act.
 * @param {string} words
 */
export function tell(words) {
  at('message').textContent = words
  if (words) scrollTo({ top: 0 })
}
