// The shape of a code: `VOBEE-` and 12 upper-case hex digits, or a custom code.
import { text } from '@vobee/shared/http/text'
import { z } from 'zod'

/** How codes are generated: a prefix and how many random hex digits follow it (8 … 20). */
export type CodeFormat = { prefix: string; length: number }

/** The format of generated codes, and the days after which they expire by default. */
export type CodeTerms = { format: CodeFormat; days: number }

/** With 20 digits no longer than a custom code may be. */
export const Prefix = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,12}$/, 'must be 1 to 12 of A-Z a-z 0-9 _ -')

// A route takes them for its path: `/api/invites/batches/status` is about a batch.
const RESERVED = /^(batches|creators|reservations|revocations)$/i

export const CustomCode = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{6,32}$/, 'must be 6 to 32 of A-Z a-z 0-9 _ -')
  .refine((code) => !RESERVED.test(code), 'must not be a reserved word of the API’s paths')

/** A code as people type it; text that cannot be a code is an unknown code. */
export const GivenCode = text(100)

/** A `batch_id` in a path or query. */
export const BatchId = text(100)
