// @ts-check

/**
 * The element of an id that the page is known to have.
 * @param {string} id
 */
export const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** Figures as the page's language writes them: 1,853. */
export const number = new Intl.NumberFormat('en')
