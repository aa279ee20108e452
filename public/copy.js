// @ts-check
/** Copying to the clipboard, also where a page has none. */

import { announce } from './page.js'

const COPIED_MS = 3000

/**
 * Has a button copy a text.
 * @param {HTMLElement} button
 * @param {string} text
 * @param {HTMLElement} hint where it says that copying is blocked
 */
export function copyBy(button, text, hint) {
  const label = button.textContent
  button.addEventListener('click', async () => {
    const isCopied = (await written(text)) || copySelected(button, text)
    hint.textContent = isCopied ? '' : `Copying is blocked here. Copy it by hand: ${text}`
    if (!isCopied) return
    button.textContent = 'Copied'
    announce('Copied')
    setTimeout(() => {
      button.textContent = label
    }, COPIED_MS)
  })
}

/** @param {string} text */
const written = async (text) =>
  navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  )

/** Pages that are not served over HTTPS have no clipboard. @param {HTMLElement} button @param {string} text */
function copySelected(button, text) {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'unseen'
  button.after(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  button.focus()
  return isCopied
}
