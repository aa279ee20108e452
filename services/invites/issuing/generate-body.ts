// What a batch may be asked for, and what does not go together.

import { overrideMembers, withOverride } from '@vobee/shared/gate'
import { flatObject, text } from '@vobee/shared/http/text'
import { Email } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { OwnCode, Prefix } from '../codes/code-format.ts'

const members = z.strictObject({
  batch_size: z.int().min(1).max(1_000_000),
  batch_id: text(50).optional().describe('Without one the batch is named for the time.'),
  max_uses: z.int().min(1).max(1_000_000_000).nullable().default(1).describe('Null: unlimited.'),
  expires_in_days: z.int().min(1).max(3650).optional().describe('7 unless set otherwise.'),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional().describe('Null: never.'),
  issued_to: Email.optional().describe('The only one who may redeem these codes.'),
  created_by: text(200).optional().describe("Without one the key's name."),
  metadata: flatObject().optional(),
  prefix: Prefix.optional(),
  code: OwnCode.optional().describe('A code of your own, with batch_size 1.'),
  ...overrideMembers,
})
type Members = z.infer<typeof members>

type Conflict = { path: keyof Members; message: string; in: (given: Members) => boolean }

const conflicts: Conflict[] = [
  {
    path: 'expires_at',
    message: 'must not be given together with expires_in_days',
    in: (given) => given.expires_at !== undefined && given.expires_in_days !== undefined,
  },
  {
    path: 'expires_at',
    message: 'must lie in the future',
    in: ({ expires_at }) => typeof expires_at === 'string' && Date.parse(expires_at) <= Date.now(),
  },
  {
    path: 'code',
    message: 'must not be given unless batch_size is 1',
    in: (given) => given.code !== undefined && given.batch_size !== 1,
  },
  {
    path: 'prefix',
    message: 'must not be given together with code',
    in: (given) => given.prefix !== undefined && given.code !== undefined,
  },
]

// Conflicts are named together with the faults of single members, which zod by itself would not.
const isObject = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null

const checked = conflicts.reduce(
  (body, conflict) =>
    body.refine((given) => !conflict.in(given), {
      path: [conflict.path],
      message: conflict.message,
      when: isObject,
    }),
  members,
)

export const GenerateBody = withOverride(checked)
export type GenerateBody = z.infer<typeof GenerateBody>
