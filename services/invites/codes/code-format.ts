// What a code looks like: `VOBEE-` and 12 upper-case hex digits, or one of somebody's own.
import { text } from '@vobee/shared/http/text'
import { z } from 'zod'

/** How codes are drawn: a prefix, and how many random hex digits follow it (8 … 20). */
export type CodeFormat = { prefix: string; length: number }

/** Together with 20 digits no longer than an own code may be. */
export const Prefix = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,12}$/, 'must be 1 to 12 of A-Z a-z 0-9 _ -')

// As a code they could not be looked up: `/api/invites/batches/status` is about a batch.
const PATHS = /^(batches|creators|reservations|revocations)$/i

export const OwnCode = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{6,32}$/, 'must be 6 to 32 of A-Z a-z 0-9 _ -')
  .refine((given) => !PATHS.test(given), 'must not be a word of the API’s paths')

/** A code as people type it; one that can't be a code is merely unknown. */
export const GivenCode = text(100)

/** A batch as it is named in a path. */
export const BatchId = text(100)
