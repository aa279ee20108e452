// What an audit asks and answers: whether what is kept as a figure equals the rows behind it,
// counted again on live data. Asked as `GET <prefix>/status?audit=1`; run by recount.ts.
import { z } from 'zod'

/** ms that one statement of an audit may take; ten million entries took 50 s on two busy cores. */
export const CHECK_MS = 300_000
/** ms that whoever asks for an audit waits for it. */
export const CHECK_WAIT_MS = CHECK_MS + 30_000

export const CheckQuery = z.strictObject({
  audit: z
    .literal('1')
    .optional()
    .describe('Counts again; takes seconds where there are many rows.'),
})

/** What counting again gave for one figure, or for many of one kind. */
export const CheckedFigure = z.object({
  name: z.string(),
  expected: z.int().describe('What the rows say, in all.'),
  found: z.int().describe('What is kept, in all.'),
  wrong: z.int().describe('How many differ, each looked at by itself.'),
})
export type CheckedFigure = z.infer<typeof CheckedFigure>

export const CheckResult = CheckedFigure.extend({ ok: z.boolean() })
export type CheckResult = z.infer<typeof CheckResult>
