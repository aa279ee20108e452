// The median of a histogram whose bucket b holds the times from 1.1^b to 1.1^(b + 1) minutes, and
// bucket 0 also the shorter ones (`convert_bucket` in migrations/008_reports.sql).

const BASE = 1.1

export type Bucket = { bucket: number; n: number }

/** Returns the median in hours, at most 10 % from the exact one; null without any time. */
export const medianHours = (histogram: readonly Bucket[]): number | null => {
  const buckets = histogram.filter(({ n }) => n > 0).toSorted((a, b) => a.bucket - b.bucket)
  let before = 0
  const half = buckets.reduce((sum, { n }) => sum + n, 0) / 2
  for (const { bucket, n } of buckets) {
    if (before + n >= half) {
      const minutes = BASE ** (bucket + (half - before) / n)
      return Math.round((minutes / 60) * 100) / 100
    }
    before += n
  }
  return null
}
