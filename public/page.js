// @ts-check

/**
 * Returns the element of an id that the page has.
 * @param {string} id
 */
export const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** Formats numbers in the language of the page: 1,853. */
export const number = new Intl.NumberFormat('en')

/**
 * Announces a text to screen readers.
 * @param {string} text
 */
export function announce(text) {
  at('announcement').textContent = text
}

/**
 * Runs an action of a button. Meanwhile the button shows what it does and cannot be pressed again.
 * Clears the messages of earlier actions.
 * @param {HTMLElement} button
 * @param {string} doing
 * @param {() => Promise<unknown>} action
 */
export async function whilePressed(button, doing, action) {
  if (button.getAttribute('aria-disabled') === 'true') return
  const { textContent } = button
  for (const message of document.querySelectorAll('[data-passing]')) message.textContent = ''
  // Not `disabled`: a keyboard user would lose the focus.
  button.setAttribute('aria-disabled', 'true')
  button.textContent = doing
  try {
    await action()
  } finally {
    button.removeAttribute('aria-disabled')
    button.textContent = textContent
  }
}
