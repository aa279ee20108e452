// @ts-check
/** Asks again and again while the page is looked at: soon, every ten seconds, seldom in trouble. */

import { Problem } from './gateway.js'
import { at } from './page.js'

// What was just done is heard by the services within a second or two.
const SOON_MS = 3_000
const EVERY_MS = 10_000
const SELDOM_MS = 120_000

/**
 * Until what shows the place is gone.
 * @param {() => Promise<unknown>} askOnce
 * @param {(error: Problem) => void} lost what is done when there is nobody to ask about any more
 */
export function keepAsking(askOnce, lost) {
  const shown = at('place')
  const stale = at('stale')
  let wait = EVERY_MS
  let isAsking = false
  /** @type {ReturnType<typeof setTimeout>} */
  let timer

  /** @param {unknown} error */
  const failed = (error) => {
    if (error instanceof Problem && error.code === 'unknown_entry') {
      lost(error)
      return
    }
    const told = error instanceof Problem && error.retryAfter > 0 ? error.retryAfter * 1000 : 0
    wait = Math.max(told, Math.min(SELDOM_MS, wait * 2))
    stale.textContent =
      'We can’t reach the waitlist just now. This is your place as we last knew it.'
  }
  const turn = async () => {
    if (isAsking || !shown.isConnected) return
    isAsking = true
    clearTimeout(timer)
    try {
      await askOnce()
      wait = EVERY_MS
      stale.textContent = ''
    } catch (error) {
      failed(error)
    }
    isAsking = false
    if (!document.hidden) timer = setTimeout(turn, wait)
  }
  const looked = () => {
    if (!shown.isConnected) document.removeEventListener('visibilitychange', looked)
    else if (document.hidden) clearTimeout(timer)
    else turn()
  }
  document.addEventListener('visibilitychange', looked)
  timer = setTimeout(turn, SOON_MS)
}
