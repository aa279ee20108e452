// Compares the response times of two kinds of request by statistics: one ratio can be luck.

type Request = (n: number) => Promise<unknown>
type Range = { low: number; high: number }

const TRIES = 4
/** Samples in a round. */
const SAMPLES = 100
const ROUNDS = 4
/** In standard deviations of coin tosses; 1 of 147,000 samples is further out. */
const DEVIATIONS = 4.5

/**
 * Returns a range that holds the true median, by the sign test: each sample is above the median
 * with probability 1/2, whatever the distribution.
 */
export const rangeOfMedian = (samples: readonly number[]): Range => {
  const sorted = samples.toSorted((a, b) => a - b)
  const below = Math.floor((sorted.length - DEVIATIONS * Math.sqrt(sorted.length)) / 2)
  return { low: sorted.at(below) as number, high: sorted.at(-1 - below) as number }
}

const timed = async (request: Request, n: number): Promise<number> => {
  const started = performance.now()
  await request(n)
  return performance.now() - started
}

// Each time is the fastest of four: whatever else runs on the machine delays the others. A coin
// decides which kind goes first, so that noise favors neither.
const ratioOf = async (one: Request, other: Request, sample: number): Promise<number> => {
  const fastest = new Map([one, other].map((kind) => [kind, Number.POSITIVE_INFINITY]))
  for (let n = sample * TRIES; n < (sample + 1) * TRIES; n++) {
    for (const kind of Math.random() < 0.5 ? [one, other] : [other, one]) {
      fastest.set(kind, Math.min(fastest.get(kind) as number, await timed(kind, n)))
    }
  }
  return (fastest.get(other) as number) / (fastest.get(one) as number)
}

/**
 * Returns a range that holds the true median of `other ÷ one` in all but 1 of 36,000 calls: a range
 * outside of `expected` is no false alarm. Takes four rounds of samples, or fewer if the range is
 * inside or outside of `expected` before.
 */
export const compareTimes = async (
  one: Request,
  other: Request,
  expected: Range,
): Promise<Range> => {
  const ratios: number[] = []
  for (let round = 1; ; round++) {
    while (ratios.length < round * SAMPLES) ratios.push(await ratioOf(one, other, ratios.length))
    const range = rangeOfMedian(ratios)
    const isInside = range.low > expected.low && range.high < expected.high
    const isOutside = range.low > expected.high || range.high < expected.low
    if (isInside || isOutside || round === ROUNDS) return range
  }
}
