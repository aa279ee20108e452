// The data that invites stores of a member, in the form of their export.
import { z } from 'zod'
import { codeStatuses } from '../codes/code-status.ts'

const time = z.iso.datetime()
const ofCode = { code: z.string(), batch_id: z.string() }

export const StoredData = z.object({
  codes: z
    .array(
      z.object({
        ...ofCode,
        status: z.enum(codeStatuses),
        issued_to: z.string().nullable(),
        entry_id: z.uuid().nullable(),
        uses_left: z.int().nullable(),
        created_at: time,
        expires_at: time.nullable(),
        revoked_at: time.nullable(),
        earned: z.boolean(),
      }),
    )
    .describe('Issued to the member, or earned by them.'),
  uses: z.array(z.object({ ...ofCode, email: z.string().nullable(), used_at: time })),
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
    .describe("Created in the member's name."),
  blocks: z
    .array(z.object({ is_blocked: z.boolean(), decided_at: time }))
    .describe('Whether a reviewer of referrals has blocked the member.'),
})
export type StoredData = z.infer<typeof StoredData>
