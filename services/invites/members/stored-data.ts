// What invites keep of one person, as they are given it.
import { z } from 'zod'
import { codeStatuses } from '../codes/code-status.ts'

const time = z.iso.datetime()
const ofCode = { code: z.string(), batch_id: z.string() }

export const OwnData = z.object({
  codes: z
    .array(
      z.object({
        ...ofCode,
        status: z.enum(codeStatuses),
        issued_to: z.string().nullable(),
        uses_left: z.int().nullable(),
        created_at: time,
        expires_at: time.nullable(),
        revoked_at: time.nullable(),
        earned: z.boolean(),
      }),
    )
    .describe('Issued to the member, or earned by them.'),
  uses: z.array(z.object({ ...ofCode, email: z.string(), used_at: time })),
  reservations: z.array(
    z.object({
      ...ofCode,
      email: z.string(),
      created_at: time,
      expires_at: time,
      confirmed_at: time.nullable(),
      cancelled_at: time.nullable(),
    }),
  ),
  batches: z
    .array(
      z.object({
        batch_id: z.string(),
        size: z.int(),
        created_by: z.string(),
        created_at: time,
        metadata: z.record(z.string(), z.unknown()),
      }),
    )
    .describe("Made in the member's name."),
})
export type OwnData = z.infer<typeof OwnData>
