const FIRST_MS = 100
const LONGEST_MS = 2_000
/** After a process has run this long, its next end counts as the first. */
const RECOVERED_MS = 5_000

/** `next` takes how long the process ran, in ms, and returns the delay of its restart in ms. */
export const createBackoff = () => {
  let ends = 0
  return {
    next: (upMs: number): number => {
      ends = upMs >= RECOVERED_MS ? 1 : ends + 1
      return Math.min(FIRST_MS * 2 ** (ends - 1), LONGEST_MS)
    },
  }
}
