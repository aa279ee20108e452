// @ts-check
/** The link for inviting friends. */

import { copyBy } from './copy.js'
import { at } from './page.js'

/** @param {string} url */
export function offerLink(url) {
  const link = /** @type {HTMLInputElement} */ (at('share-url'))
  link.value = url
  link.addEventListener('focus', () => link.select())
  copyBy(at('copy'), url, at('copy-hint'))
  at('share').hidden = !navigator.share
  at('share').addEventListener('click', () => {
    navigator.share({ title: 'VoBee', url }).catch(() => {}) // closed without sharing
  })
}
