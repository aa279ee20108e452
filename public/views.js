// @ts-check
/** The views of the page: one at a time, each removed when the next is shown. */

import { at } from './page.js'

/**
 * Shows a view and, except for the first one, focuses its heading for screen readers and keyboards.
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
 * Shows a message above the view until the next action.
 * @param {string} text
 */
export function showMessage(text) {
  at('message').textContent = text
  if (text) scrollTo({ top: 0 })
}
