const FIRST_MS = 200
const LONGEST_MS = 10_000
/** A process that stayed up this long has recovered: its next fall counts as the first. */
const RECOVERED_MS = 30_000

/** Counts falls in a row; `fell` takes how long it was up and gives the wait in ms. */
export const createBackoff = () => {
  let falls = 0
  return {
    fell: (upMs: number): number => {
      falls = upMs >= RECOVERED_MS ? 1 : falls + 1
      return Math.min(FIRST_MS * 2 ** (falls - 1), LONGEST_MS)
    },
  }
}
