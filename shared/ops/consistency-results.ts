// The request and the results of a consistency check (`GET <prefix>/status?audit=1`): whether each
// stored number equals the rows that it counts, on live data.
import { z } from 'zod'

/** ms that one statement of a check may take; ten million entries took 50 s on two busy cores. */
export const CHECK_MS = 300_000
/** ms that a caller waits for a check. */
export const CHECK_WAIT_MS = CHECK_MS + 30_000

export const CheckQuery = z.strictObject({
  audit: z
    .literal('1')
    .optional()
    .describe('Runs the consistency check. It takes seconds with many rows.'),
})

/** A stored number compared with its rows, or many numbers of one kind. */
export const Comparison = z.object({
  name: z.string(),
  expected: z.int().describe('The sum recomputed from the rows.'),
  found: z.int().describe('The sum of the stored numbers.'),
  wrong: z.int().describe('How many of the stored numbers differ.'),
})
export type Comparison = z.infer<typeof Comparison>

export const CheckResult = Comparison.extend({ ok: z.boolean() }).meta({ id: 'ConsistencyResult' })
export type CheckResult = z.infer<typeof CheckResult>
