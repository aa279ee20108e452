// @ts-check
/** Polls while the page is visible: after three seconds, every ten seconds, less often after errors. */

import { Problem } from './gateway.js'
import { at } from './page.js'

// The services process what the member just did within a second or two.
const FIRST_MS = 3_000
const EVERY_MS = 10_000
const MAX_MS = 120_000

/**
 * Polls until the view with the place is removed.
 * @param {() => Promise<unknown>} fetchOnce
 * @param {(error: Problem) => void} onGone runs when the member is no longer on the waitlist
 */
export function poll(fetchOnce, onGone) {
  const shown = at('place')
  const stale = at('stale')
  let wait = EVERY_MS
  let isPolling = false
  /** @type {ReturnType<typeof setTimeout>} */
  let timer

  /** @param {unknown} error */
  const failed = (error) => {
    if (error instanceof Problem && error.code === 'unknown_entry') {
      onGone(error)
      return
    }
    const retryAfter =
      error instanceof Problem && error.retryAfter > 0 ? error.retryAfter * 1000 : 0
    wait = Math.max(retryAfter, Math.min(MAX_MS, wait * 2))
    stale.textContent = 'We can’t reach the waitlist right now. This is your last known place.'
  }
  const run = async () => {
    if (isPolling || !shown.isConnected) return
    isPolling = true
    clearTimeout(timer)
    try {
      await fetchOnce()
      wait = EVERY_MS
      stale.textContent = ''
    } catch (error) {
      failed(error)
    }
    isPolling = false
    if (!document.hidden) timer = setTimeout(run, wait)
  }
  const onVisibility = () => {
    if (!shown.isConnected) document.removeEventListener('visibilitychange', onVisibility)
    else if (document.hidden) clearTimeout(timer)
    else run()
  }
  document.addEventListener('visibilitychange', onVisibility)
  timer = setTimeout(run, FIRST_MS)
}
