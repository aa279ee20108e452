// @ts-check

/**
 * The element of an id that the page is known to have.
 * @param {string} id
 */
export const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** Figures as the page's language writes them: 1,853. */
export const number = new Intl.NumberFormat('en')

/**
 * Tells those who do not see the page.
 * @param {string} words
 */
export function announce(words) {
  at('announcement').textContent = words
}

/**
 * What a button is doing; meanwhile it can't be pressed again. What was said of acts before it goes.
 * @param {HTMLElement} button
 * @param {string} doing
 * @param {() => Promise<unknown>} act
 */
export async function whilePressed(button, doing, act) {
  if (button.getAttribute('aria-disabled') === 'true') return
  const { textContent } = button
  for (const said of document.querySelectorAll('[data-passing]')) said.textContent = ''
  // Not `disabled`: that would drop the focus of whoever pressed it by keyboard.
  button.setAttribute('aria-disabled', 'true')
  button.textContent = doing
  try {
    await act()
  } finally {
    button.removeAttribute('aria-disabled')
    button.textContent = textContent
  }
}
