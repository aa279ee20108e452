// @ts-check
/** Copies to the clipboard, also on a page without the clipboard API. */

import { announce } from './page.js'

const COPIED_MS = 3000

/**
 * Makes a button copy a text.
 * @param {HTMLElement} button
 * @param {string} text
 * @param {HTMLElement} hint shows that copying is blocked
 */
export function copyBy(button, text, hint) {
  const label = button.textContent
  button.addEventListener('click', async () => {
    const isCopied = (await written(text)) || copySelected(button, text)
    hint.textContent = isCopied ? '' : `Your browser blocks copying. Copy it manually: ${text}`
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

/** A page that is not served over HTTPS has no clipboard API. @param {HTMLElement} button @param {string} text */
function copySelected(button, text) {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'visually-hidden'
  button.after(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  button.focus()
  return isCopied
}
